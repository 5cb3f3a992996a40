import { pollUntil } from '../../cli/poll-until.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { commitRate, keepCommitTimes } from './commit-rate.ts';
import { startOwnServers } from './own-servers.ts';
import { startOrderly } from './own-start.ts';
import { produceOrders } from './produce-orders.ts';

export interface BacklogResult {
  readonly orders: number;
  readonly firstCommitAt: Date;
  readonly seconds: number;
  readonly ordersPerSecond: number;
}

const ORDERS = 200_000;
const TIMEOUT_MS = 180_000;

/**
 * Measures how fast a real `npm start` stores a backlog of orders: Kafka, event source, function, PostgreSQL and status events,
 * from the first commit to the last. Ends when every status event is acknowledged.
 */
export async function benchBacklog(): Promise<BacklogResult> {
  await using servers = await startOwnServers();
  await using database = createDatabase(servers.databaseUrl);
  await keepCommitTimes(servers, database);
  await using producer = createProducer<TopicValues>({
    brokers: servers.brokers,
    clientId: 'orderly-bench',
    deadlineMs: 60_000,
  });
  await produceOrders(producer, ORDERS);
  await using _orderly = await startOrderly(servers);
  if (!(await pollUntil(() => isDone(database), { intervalMs: 1_000, timeoutMs: TIMEOUT_MS }))) {
    throw new Error(
      `Not all of the ${ORDERS} orders were stored and published within ${TIMEOUT_MS / 1_000} s`,
    );
  }
  const { firstAt: firstCommitAt, ...rate } = await commitRate(database);
  return { orders: ORDERS, firstCommitAt, ...rate };
}

async function isDone(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ stored: number; untold: number }>(
    'SELECT (SELECT count(*) FROM orders)::int AS stored, (SELECT count(*) FROM outbox)::int AS untold',
  );
  return rows[0]?.stored === ORDERS && rows[0].untold === 0;
}
