import { v7 as uuidv7 } from 'uuid';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { commitRate } from '../own-servers/commit-rate.ts';
import { startOrderly } from '../own-servers/own-start.ts';
import { newOrder } from '../own-servers/prepared-events.ts';
import type { Consumer, ConsumerKind } from '../predecessor/predecessor.ts';
import { type BothSides, countOrders, predecessorTopics, type SideDatabase } from './both-sides.ts';
import type { Plan } from './plan.ts';
import { assertStored, untilConsumed } from './until-stored.ts';

/** Stored orders per second: of Orderly under `npm start`, and of each consumer of the predecessor. */
export type BacklogRound = Readonly<Record<'start' | ConsumerKind, number>>;

const SENT_AT_ONCE = 5_000;

/** Measures how fast each side stores orders that wait in Kafka, from its first commit to the last. */
export async function measureBacklog(both: BothSides, plan: Plan): Promise<BacklogRound> {
  const { servers, predecessor, orderly, oneTable, sameWork } = both;
  const { brokers } = servers;
  const consume = (kind: ConsumerKind, side: SideDatabase, orders: number): Promise<number> =>
    storeBacklog(both, side, { topic: predecessorTopics[kind], orders }, () =>
      predecessor.startConsumer(
        kind,
        { brokers, ordersTopic: predecessorTopics[kind] },
        { databaseUrl: side.url, statusTopic: predecessorTopics.status },
      ),
    );
  return {
    start: await storeBacklog(
      both,
      orderly,
      { topic: orderProcessing.topic, orders: plan.backlogOrders },
      () => startOrderly(servers),
    ),
    batch: await consume('batch', oneTable, plan.backlogOrders),
    same: await consume('same', sameWork, plan.sameWorkOrders),
    each: await consume('each', oneTable, plan.eachOrders),
  };
}

async function storeBacklog(
  { servers }: BothSides,
  side: SideDatabase,
  backlog: { readonly topic: string; readonly orders: number },
  start: () => Promise<Consumer>,
): Promise<number> {
  await produceOrders(servers.brokers, backlog.topic, backlog.orders);
  // PostgreSQL logs a page in full at its first change after a checkpoint: every side starts directly after one.
  await side.connection.query('CHECKPOINT');
  const before = await countOrders(side);
  const since = new Date();
  await using consumer = await start();
  await untilConsumed({ brokers: servers.brokers, topic: backlog.topic, consumer });
  await assertStored(side, before + backlog.orders);
  return (await commitRate(side.connection, { since })).ordersPerSecond;
}

async function produceOrders(brokers: readonly string[], topic: string, orders: number): Promise<void> {
  await using producer = createProducer({ brokers, clientId: 'orderly-bench', deadlineMs: 60_000 });
  // the consumers of the one table need no event id, and a header would cost them time
  const needsEventId = topic !== predecessorTopics.batch && topic !== predecessorTopics.each;
  for (let sent = 0; sent < orders; sent += SENT_AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(SENT_AT_ONCE, orders - sent) }, () => {
        const value = newOrder();
        const headers = needsEventId ? { 'event-id': uuidv7() } : {};
        return producer.send(topic, { key: value.order_id, value, headers });
      }),
    );
  }
}
