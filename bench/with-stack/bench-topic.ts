import { randomUUID } from 'node:crypto';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { createKafkaClient } from '../../lib/kafka/client.ts';
import { retryUntilKnown } from '../../lib/kafka/topics/create-topics.ts';

/** Disposing deletes the topic. */
export interface BenchTopic extends AsyncDisposable {
  /** Unique to this run. */
  readonly name: string;
}

const PARTITIONS = 6;
const REQUEST_TIMEOUT_MS = 10_000;

/** @throws OrderlyError `local_stack` if Kafka does not answer. */
export async function createBenchTopic(brokers: readonly string[]): Promise<BenchTopic> {
  const client = createKafkaClient({
    brokers,
    clientId: 'orderly-bench',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const admin = client.kafka.admin();
  await admin.connect().catch((cause: unknown) => {
    const where = brokers.join(',');
    throw new OrderlyError('local_stack', `Kafka does not answer on ${where}: start "npm start" first.`, {
      cause,
    });
  });
  const name = `bench-${randomUUID()}`;
  // The wait of kafkajs fails when the broker does not know a topic yet.
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic: name, numPartitions: PARTITIONS }] });
  await retryUntilKnown(() => admin.fetchTopicMetadata({ topics: [name] }));
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      try {
        await admin.deleteTopics({ topics: [name] });
      } catch (error) {
        // Throwing here would hide why the run failed.
        console.error(
          `The topic ${name} could not be deleted: ${Error.isError(error) ? error.message : error}`,
        );
      } finally {
        client.destroy();
      }
    },
  };
}
