import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { startNodeHttp } from '../node-http/start-node-http.ts';
import { openEnvironment } from '../own-servers/cold-process.ts';
import { startOrderly } from '../own-servers/own-start.ts';
import { type HttpResult, postOrders } from '../post-orders.ts';
import { type BothSides, countOrders, predecessorTopics, type SideDatabase } from './both-sides.ts';
import type { Plan } from './plan.ts';
import { assertStored, type Consumption, untilConsumed } from './until-stored.ts';

/**
 * start      Orderly under `npm start`
 * nodeHttp   its handler behind `node:http`; the event source of `npm start` stores the orders
 * accepting  the predecessor's API without a consumer
 * storing    the predecessor's API with its consumer `batch`
 */
export type HttpSide = 'start' | 'nodeHttp' | 'accepting' | 'storing';

/** The results of a round, for each number of connections. */
export type HttpRound = Readonly<Record<HttpSide, readonly HttpResult[]>>;

/**
 * Measures `POST /api/orders`. Only the processes of one side run at a time. Every side that stores has stored its orders
 * before the next one is measured.
 */
export async function measureHttp(both: BothSides, plan: Plan, round: number): Promise<HttpRound> {
  if (round % 2 === 0) {
    const ours = await measureOrderly(both, plan);
    return { ...ours, ...(await measurePredecessor(both, plan)) };
  }
  const theirs = await measurePredecessor(both, plan);
  return { ...theirs, ...(await measureOrderly(both, plan)) };
}

async function measureOrderly(
  { servers, orderly }: BothSides,
  plan: Plan,
): Promise<Pick<HttpRound, 'start' | 'nodeHttp'>> {
  await using running = await startOrderly(servers);
  const consumption = { brokers: servers.brokers, topic: orderProcessing.topic, consumer: running };
  const measure = (apiUrl: string): Promise<readonly HttpResult[]> =>
    storing(orderly, consumption, () => load(`${apiUrl}/api/orders`, plan));
  const start = await measure(running.apiUrl);
  await using adapter = await startNodeHttp(openEnvironment(servers));
  return { start, nodeHttp: await measure(adapter.apiUrl) };
}

async function measurePredecessor(
  { predecessor, servers: { brokers }, oneTable }: BothSides,
  plan: Plan,
): Promise<Pick<HttpRound, 'accepting' | 'storing'>> {
  const { accepting: acceptingTopic, storing: storingTopic, status: statusTopic } = predecessorTopics;
  const accepting = await measureAccepting();
  const orders = { brokers, ordersTopic: storingTopic };
  await using consumer = await predecessor.startConsumer('batch', orders, {
    databaseUrl: oneTable.url,
    statusTopic,
  });
  await using api = await predecessor.startApi(orders);
  const consumption = { brokers, topic: storingTopic, consumer };
  return {
    accepting,
    storing: await storing(oneTable, consumption, () => load(api.ordersUrl, plan)),
  };

  async function measureAccepting(): Promise<readonly HttpResult[]> {
    await using alone = await predecessor.startApi({ brokers, ordersTopic: acceptingTopic });
    return await load(alone.ordersUrl, plan);
  }
}

async function load(
  url: string,
  { connections, warmUpSeconds, httpSeconds }: Plan,
): Promise<readonly HttpResult[]> {
  await postOrders(url, 10, warmUpSeconds);
  const results: HttpResult[] = [];
  for (const count of connections) {
    results.push(await postOrders(url, count, httpSeconds));
  }
  return results;
}

/** Measures, and then waits until all accepted orders are stored. */
async function storing(
  side: SideDatabase,
  consumption: Consumption,
  measure: () => Promise<readonly HttpResult[]>,
): Promise<readonly HttpResult[]> {
  const before = await countOrders(side);
  const results = await measure();
  await untilConsumed(consumption);
  await assertStored(side, before + results.reduce((sum, { accepted }) => sum + accepted, 0));
  return results;
}
