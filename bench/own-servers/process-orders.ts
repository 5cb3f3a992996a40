import type { MSKEvent } from 'aws-lambda';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import { decideByRules } from '../../lib/orders/fulfilment-rules.ts';
import type { OutboxEntry } from '../../lib/outbox/outbox-entry.ts';
import { completeOutbox, publishOutbox } from '../../lib/outbox/publish-outbox.ts';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { orderBatches } from '../../lib/processing/order-batches.ts';
import { processBatch } from '../../lib/processing/process-batch.ts';
import { systemClock } from '../../lib/time/clock.ts';
import { median } from '../median.ts';
import { startOwnServers } from './own-servers.ts';
import { preparedEvents } from './prepared-events.ts';

export interface ProcessOrdersResult {
  readonly ordersPerBatch: number;
  readonly ordersPerSecond: number;
  readonly batchMs: number;
  /** Publishing the status events after the commit; not included in the other figures. */
  readonly publishMs: number;
}

const ROUNDS = 7;
const ORDERS_PER_ROUND = 20_000;

interface Times {
  readonly storeMs: number;
  readonly publishMs: number;
}

/**
 * Measures `process-orders` on batches: read the event, decode, apply the rules, commit, over one connection and with every
 * index. Publishing is measured separately. Medians of rounds that alternate between the batch sizes.
 */
export async function benchProcessOrders(): Promise<ProcessOrdersResult[]> {
  await using servers = await startOwnServers();
  await using database = createDatabase(servers.databaseUrl);
  await using producer = createProducer<TopicValues>({ brokers: servers.brokers, clientId: 'orderly-bench' });
  const publish = async (outbox: readonly OutboxEntry[]): Promise<void> =>
    completeOutbox(database, await publishOutbox(producer, outbox, 'writer'), systemClock());

  const rounds = new Map([1_000, 100].map((size): [number, Times[]] => [size, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [size, times] of rounds) {
      const measured = await measureRound(preparedEvents(ORDERS_PER_ROUND / size, size), database, publish);
      if (round > 0) {
        times.push(measured); // the first round is the warm-up
      }
    }
  }
  return [...rounds].map(([ordersPerBatch, times]) => {
    const storeMs = median(times.map((time) => time.storeMs));
    const batches = ORDERS_PER_ROUND / ordersPerBatch;
    return {
      ordersPerBatch,
      ordersPerSecond: Math.round((ORDERS_PER_ROUND / storeMs) * 1_000),
      batchMs: storeMs / batches,
      publishMs: median(times.map((time) => time.publishMs)) / batches,
    };
  });
}

async function measureRound(
  events: readonly MSKEvent[],
  database: Database,
  publish: (outbox: readonly OutboxEntry[]) => Promise<void>,
): Promise<Times> {
  const committed: (readonly OutboxEntry[])[] = [];
  const startedAt = performance.now();
  for (const event of events) {
    committed.push(await processEvent(database, event));
  }
  const storedAt = performance.now();
  for (const outbox of committed) {
    await publish(outbox);
  }
  return { storeMs: storedAt - startedAt, publishMs: performance.now() - storedAt };
}

/** Commits the orders of an event. Resolves to the outbox entries to publish. */
export async function processEvent(database: Database, event: MSKEvent): Promise<readonly OutboxEntry[]> {
  const records = recordsOf(event);
  const { outbox } = await processBatch(records, orderBatches(database, systemClock), decideByRules);
  return outbox;
}
