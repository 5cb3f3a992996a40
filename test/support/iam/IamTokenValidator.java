import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Takes what a broker of Amazon MSK would take, as far as it can be told without AWS: the action, the host and the times
 * of a signed URL, by the clock; not the signature. Refuses in the words of Signature Version 4.
 */
public class IamTokenValidator implements AuthenticateCallbackHandler {
  private static final long TOLERANCE_MS = 5 * 60_000;
  private static final DateTimeFormatter SIGNED_AT =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  @Override
  public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

  @Override
  public void close() {}

  @Override
  public void handle(Callback[] callbacks) {
    for (Callback callback : callbacks) {
      if (callback instanceof OAuthBearerValidatorCallback validated) {
        validate(validated);
      }
    }
  }

  private void validate(OAuthBearerValidatorCallback callback) {
    String token = callback.tokenValue();
    URI url = URI.create(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
    Map<String, String> query = query(url);
    long now = System.currentTimeMillis();
    long signedAt = Instant.from(SIGNED_AT.parse(query.get("X-Amz-Date"))).toEpochMilli();
    long endsAt = signedAt + 1000 * Long.parseLong(query.get("X-Amz-Expires"));
    String problem = null;
    if (!"kafka-cluster:Connect".equals(query.get("Action")) || !url.getHost().startsWith("kafka.")) {
      problem = "Access denied";
    } else if (signedAt > now + TOLERANCE_MS) {
      problem = "Signature not yet current: it is still later than the time here";
    } else if (endsAt < now) {
      problem = "Signature expired: its end is now earlier than the time here";
    } else if ("expired-session".equals(query.get("X-Amz-Security-Token"))) {
      problem = "The security token included in the request is expired";
    } else if (query.get("X-Amz-Credential").startsWith("DENIED/")) {
      problem = "Access denied";
    }
    if (problem == null) {
      callback.token(new Token(token, query.get("X-Amz-Credential").split("/")[0], endsAt));
    } else {
      callback.error(problem, null, null);
    }
  }

  private static Map<String, String> query(URI url) {
    Map<String, String> query = new HashMap<>();
    for (String pair : url.getRawQuery().split("&")) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  /** Its principal is the access key id. */
  private record Token(String value, String principalName, long lifetimeMs) implements OAuthBearerToken {
    @Override
    public Set<String> scope() {
      return Set.of();
    }

    @Override
    public Long startTimeMs() {
      return null;
    }
  }
}
