import { pollUntil } from '../../cli/poll-until.ts';
import { createKafkaClient } from '../../lib/kafka/client.ts';
import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { totalLag } from '../../ops/load/consumer-lag.ts';
import type { Consumer } from '../predecessor/predecessor.ts';
import { countOrders, type SideDatabase } from './both-sides.ts';

/** A topic whose records a consumer stores. Both sides consume with the same group. */
export interface Consumption {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly consumer: Pick<Consumer, 'assertRunning'>;
}

/** No result depends on it: PostgreSQL's commit timestamps end a measurement. A check takes 2 ms of CPU time. */
const INTERVAL_MS = 250;
const TIMEOUT_MS = 120_000;
const REQUEST_TIMEOUT_MS = 2_000;

/**
 * Waits until the group has committed the offset of every record that the topic has now. Both sides commit offsets after
 * their transaction, and the check costs both sides the same: it reads no table, whose size differs.
 * @throws Error after two minutes, or as soon as the consumer has ended.
 */
export async function untilConsumed({ brokers, topic, consumer }: Consumption): Promise<void> {
  const clientId = 'orderly-bench';
  const client = createKafkaClient({ brokers, clientId, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  using _connection = { [Symbol.dispose]: client.destroy };
  const admin = client.kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  let lag = Number.NaN;
  const isConsumed = async (): Promise<boolean> => {
    consumer.assertRunning();
    const groups = await admin
      .fetchOffsets({ groupId: orderProcessing.group, topics: [topic] })
      .catch(() => undefined); // the group's coordinator may not be ready
    lag = groups === undefined ? Number.NaN : totalLag(ends, groups[0]?.partitions ?? []);
    return lag === 0;
  };
  if (!(await pollUntil(isConsumed, { intervalMs: INTERVAL_MS, timeoutMs: TIMEOUT_MS }))) {
    throw new Error(`After ${TIMEOUT_MS / 1_000} s, the group has not committed ${lag} records of ${topic}.`);
  }
}

/** Counts the orders in the database. @throws Error if there are fewer than `orders`. */
export async function assertStored(side: SideDatabase, orders: number): Promise<void> {
  const stored = await countOrders(side);
  if (stored < orders) {
    throw new Error(`Only ${stored} of ${orders} orders were stored.`);
  }
}
