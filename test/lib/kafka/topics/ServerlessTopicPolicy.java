import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.server.policy.CreateTopicPolicy;

/**
 * Refuses, for topics whose name begins with "serverless.", what MSK Serverless does not take:
 * https://docs.aws.amazon.com/msk/latest/developerguide/serverless-config.html
 */
public class ServerlessTopicPolicy implements CreateTopicPolicy {
  private static final Set<String> SETTINGS = Set.of("cleanup.policy", "compression.type", "max.message.bytes",
      "message.timestamp.difference.max.ms", "message.timestamp.type", "retention.bytes", "retention.ms");

  @Override
  public void validate(RequestMetadata request) {
    if (!request.topic().startsWith("serverless.")) {
      return;
    }
    if (!SETTINGS.containsAll(request.configs().keySet())) {
      throw new PolicyViolationException("not configurable: " + request.configs().keySet());
    }
    if (request.replicationFactor() != null && request.replicationFactor() != 3) {
      throw new PolicyViolationException("the replication factor must be 3");
    }
  }

  @Override
  public void configure(Map<String, ?> configs) {
  }

  @Override
  public void close() {
  }
}
