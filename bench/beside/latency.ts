import { v7 as uuidv7 } from 'uuid';
import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { CompletionWatch } from '../../ops/load/completion-watch.ts';
import { createKeepAliveFetch } from '../../ops/load/keep-alive-fetch.ts';
import { runOpenLoop } from '../../ops/load/open-loop.ts';
import { type Percentiles, percentiles } from '../../ops/load/percentiles.ts';
import { createSchedule } from '../../ops/load/schedule.ts';
import { startOrderly } from '../own-servers/own-start.ts';
import { type BothSides, countOrders, predecessorTopics, type SideDatabase } from './both-sides.ts';
import type { Plan } from './plan.ts';
import { assertStored, type Consumption, untilConsumed } from './until-stored.ts';

/** From the due time of a request to its answer, and until the order can be read as COMPLETED. */
export interface LatencyResult {
  readonly acknowledged: Percentiles;
  readonly completed: Percentiles;
  readonly notAccepted: number;
}

const ORDERS_PER_SECOND = 100;
const CONNECTIONS = 50;
const ACCEPTED = 202;
const headers = { 'content-type': 'application/json' };
const WARM_UP_SECONDS = 3;

/** Measures a low, even load: Orderly with a batching window of 0, and the predecessor with its consumer `batch`. */
export async function measureLatency(
  both: BothSides,
  { latencySeconds }: Plan,
): Promise<Record<'orderly' | 'predecessor', LatencyResult>> {
  return {
    orderly: await ofOrderly(both, latencySeconds),
    predecessor: await ofPredecessor(both, latencySeconds),
  };
}

async function ofOrderly({ servers, orderly }: BothSides, seconds: number): Promise<LatencyResult> {
  await using running = await startOrderly(servers, ['--window', '0']);
  const consumption = { brokers: servers.brokers, topic: orderProcessing.topic, consumer: running };
  return await measure(`${running.apiUrl}/api/orders`, orderly, consumption, seconds);
}

async function ofPredecessor(
  { servers: { brokers }, predecessor, oneTable }: BothSides,
  seconds: number,
): Promise<LatencyResult> {
  const orders = { brokers, ordersTopic: predecessorTopics.storing };
  await using consumer = await predecessor.startConsumer('batch', orders, {
    databaseUrl: oneTable.url,
    statusTopic: predecessorTopics.status,
  });
  await using api = await predecessor.startApi(orders);
  return await measure(api.ordersUrl, oneTable, { brokers, topic: orders.ordersTopic, consumer }, seconds);
}

async function measure(
  url: string,
  side: SideDatabase,
  consumption: Consumption,
  seconds: number,
): Promise<LatencyResult> {
  await sendEvenly(url, side, consumption, WARM_UP_SECONDS);
  return sendEvenly(url, side, consumption, seconds);
}

async function sendEvenly(
  url: string,
  side: SideDatabase,
  consumption: Consumption,
  seconds: number,
): Promise<LatencyResult> {
  const schedule = createSchedule({ rate: ORDERS_PER_SECOND, seconds, ordersPerRequest: 1 });
  const before = await countOrders(side);
  using transport = createKeepAliveFetch(CONNECTIONS);
  const watch = new CompletionWatch(side.connection, ORDERS_PER_SECOND);
  const acknowledgedMs: number[] = [];
  let notAccepted = 0;
  const { signal } = new AbortController(); // nothing stops the load
  const startedAt = performance.now();
  const send = async (request: number): Promise<void> => {
    const dueAt = startedAt + schedule.dueAtMs(request);
    const order = { order_id: uuidv7(), customer_id: 'c-1', product_id: 'p-1', quantity: 3, price: 19.99 };
    const status = await transport
      .fetch(url, { method: 'POST', headers, body: JSON.stringify(order), redirect: 'manual', signal })
      .then(
        (answer) => answer.status,
        () => 0, // no answer
      );
    if (status === ACCEPTED) {
      acknowledgedMs.push(performance.now() - dueAt);
      watch.offer([order.order_id], dueAt);
    } else {
      notAccepted += 1;
    }
  };
  await runOpenLoop(schedule, startedAt, send, signal);
  await untilConsumed(consumption);
  await watch.close();
  await assertStored(side, before + acknowledgedMs.length);
  return {
    acknowledged: percentiles(acknowledgedMs),
    completed: percentiles(watch.latenciesMs),
    notAccepted,
  };
}
