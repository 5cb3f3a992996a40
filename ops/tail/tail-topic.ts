import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { createKafkaClient, type KafkaClientOptions } from '../../lib/kafka/client.ts';
import { isUnknownTopic, kafkaFailure } from '../../lib/kafka/kafka-errors.ts';

const REQUEST_TIMEOUT_MS = 2_000;

/**
 * Checks that the topic exists. Closes its connection.
 * @throws OrderlyError with the cause and the remedy
 */
export async function assertTopic(
  topic: string,
  connection: Omit<KafkaClientOptions, 'requestTimeoutMs'>,
): Promise<void> {
  const client = createKafkaClient({ ...connection, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [topic] });
  } catch (error) {
    const reason = client.reasonOf(error);
    if (reason instanceof OrderlyError) {
      throw reason; // its message has the remedy
    }
    const problem = topicProblem(error, topic, connection.brokers.join(','));
    throw new OrderlyError('local_stack', problem, { cause: error });
  } finally {
    client.destroy();
  }
}

/** Returns one line with the reason why Kafka did not describe the topic. */
export function topicProblem(error: unknown, topic: string, where: string): string {
  if (isUnknownTopic(error)) {
    return `There is no topic "${topic}" at ${where}.`;
  }
  const reason = Error.isError(error) ? error.message : String(error);
  return kafkaFailure(error) === 'reconnect'
    ? `Kafka does not answer at ${where} (${reason}): start it with "npm start" or "npm run stack -- up", or set KAFKA_BROKERS.`
    : `Kafka at ${where} does not describe the topic "${topic}": ${reason}`;
}
