import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * Takes what a broker of Amazon MSK would take, as far as it can be told without AWS: a URL that is signed as Signature
 * Version 4 wants it, by the secret that all keys have here, at a time that is right by the clock. Refuses in the words of
 * AWS. Access key ids that begin with a word are treated as that says; those of AWS begin with AKIA or ASIA.
 */
public class IamTokenValidator implements AuthenticateCallbackHandler {
  private static final String SECRET = "secret";
  private static final String SCOPE = "eu-west-1/kafka-cluster/aws4_request";
  private static final String HOST = "kafka.eu-west-1.amazonaws.com";
  private static final String SESSION_TOKEN = "session";
  private static final long TOLERANCE_MS = 5 * 60_000;
  private static final long MAX_LIFETIME_SECONDS = 900;
  private static final int BUSY_ATTEMPTS = 3;
  private static final String DIGEST_OF_NOTHING = hex(sha256(""));
  private static final DateTimeFormatter SIGNED_AT =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /** Of all instances: each network thread of a broker has its own. */
  private static final Map<String, Integer> ATTEMPTS = new ConcurrentHashMap<>();

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
    String[] credential = query.get("X-Amz-Credential").split("/", 3);
    String accessKeyId = credential[0];
    if (accessKeyId.startsWith("BUSY") && isFirst(accessKeyId)) {
      reject("Too many connects");
    }
    if (accessKeyId.startsWith("REFUSED")) {
      reject("Access denied");
    }
    long signedAt = Instant.from(SIGNED_AT.parse(query.get("X-Amz-Date"))).toEpochMilli();
    long endsAt = signedAt + 1000 * Long.parseLong(query.get("X-Amz-Expires"));
    String problem = problem(url, query, credential, signedAt, endsAt);
    if (problem == null) {
      callback.token(new Token(token, accessKeyId, endsAt));
    } else {
      callback.error(id() + problem, null, null);
    }
  }

  private static boolean isFirst(String accessKeyId) {
    return accessKeyId.equals("BUSY") || ATTEMPTS.merge(accessKeyId, 1, Integer::sum) <= BUSY_ATTEMPTS;
  }

  private static String problem(URI url, Map<String, String> query, String[] credential, long signedAt, long endsAt) {
    long now = System.currentTimeMillis();
    String sessionToken = query.get("X-Amz-Security-Token");
    if (!isWellFormed(url, query, credential)) {
      return "Access denied";
    }
    if (signedAt > now + TOLERANCE_MS) {
      return "Signature not yet current: it is still later than the time here";
    }
    if (endsAt < now) {
      return "Signature expired: its end is now earlier than the time here";
    }
    if (!signature(url, query, credential[1]).equals(query.get("X-Amz-Signature"))) {
      return "The request signature we calculated does not match the signature you provided";
    }
    if ("expired-session".equals(sessionToken)) {
      return "The security token included in the request is expired";
    }
    if (credential[0].startsWith("SHORT")) {
      return "Session too short";
    }
    if (credential[0].startsWith("ASIA") && !SESSION_TOKEN.equals(sessionToken)) {
      return "The security token included in the request is invalid";
    }
    return credential[0].startsWith("DENIED") ? "Access denied" : null;
  }

  private static boolean isWellFormed(URI url, Map<String, String> query, String[] credential) {
    return url.getScheme().equals("https")
        && url.getHost().equals(HOST)
        && url.getRawPath().equals("/")
        && "kafka-cluster:Connect".equals(query.get("Action"))
        && "AWS4-HMAC-SHA256".equals(query.get("X-Amz-Algorithm"))
        && "host".equals(query.get("X-Amz-SignedHeaders"))
        && !query.getOrDefault("User-Agent", "").isEmpty()
        && Long.parseLong(query.get("X-Amz-Expires")) <= MAX_LIFETIME_SECONDS
        && query.get("X-Amz-Date").startsWith(credential[1])
        && credential[2].equals(SCOPE);
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, of the query as it is written. */
  private static String signature(URI url, Map<String, String> query, String day) {
    String signed =
        Arrays.stream(url.getRawQuery().split("&"))
            .filter(pair -> !pair.startsWith("X-Amz-Signature=") && !pair.startsWith("User-Agent="))
            .sorted()
            .collect(Collectors.joining("&"));
    String request =
        String.join("\n", "GET", "/", signed, "host:" + url.getHost(), "", "host", DIGEST_OF_NOTHING);
    byte[] key = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
    for (String part : (day + "/" + SCOPE).split("/")) {
      key = hmac(key, part);
    }
    String scope = day + "/" + SCOPE;
    return hex(
        hmac(key, String.join("\n", "AWS4-HMAC-SHA256", query.get("X-Amz-Date"), scope, hex(sha256(request)))));
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** By an error of Kafka's protocol, instead of a challenge of the mechanism. */
  private static void reject(String problem) {
    throw new SaslAuthenticationException(id() + problem);
  }

  private static String id() {
    return "[" + UUID.randomUUID() + "]: ";
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
