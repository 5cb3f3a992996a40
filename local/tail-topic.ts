import { OrderlyError } from '../lib/errors.ts';
import { createKafkaClient } from '../lib/kafka/client.ts';
import { isUnknownTopic, kafkaFailure } from '../lib/kafka/kafka-errors.ts';

const REQUEST_TIMEOUT_MS = 2_000;

/**
 * Resolves when the topic is there; leaves no connection.
 * @throws OrderlyError `local_stack` that says what is wrong
 */
export async function assertTopic(topic: string, brokers: readonly string[]): Promise<void> {
  const client = createKafkaClient({
    brokers,
    clientId: 'orderly-tail',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [topic] });
  } catch (error) {
    throw new OrderlyError('local_stack', topicProblem(error, topic, brokers.join(',')), { cause: error });
  } finally {
    client.destroy();
  }
}

/** One line about what kept Kafka from describing the topic. */
export function topicProblem(error: unknown, topic: string, where: string): string {
  if (isUnknownTopic(error)) {
    return `There is no topic "${topic}" at ${where}.`;
  }
  const reason = Error.isError(error) ? error.message : String(error);
  return kafkaFailure(error) === 'reconnect'
    ? `Kafka does not answer at ${where} (${reason}): start it with "npm start" or "npm run stack -- up", or set KAFKA_BROKERS.`
    : `Kafka at ${where} does not describe the topic "${topic}": ${reason}`;
}
