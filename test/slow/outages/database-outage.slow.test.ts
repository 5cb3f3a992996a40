import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { orderProcessing } from '../../../lib/kafka/topics/topics.ts';
import { createDatabase } from '../../../lib/postgres/database.ts';
import { openLagReader } from '../../../ops/load/consumer-lag.ts';
import { createOrderSender } from '../../../ops/load/order-sender.ts';
import { runLoad } from '../../../ops/load/run-load.ts';
import { countOrders } from '../../support/database.ts';
import { type StartOnOwnServers, startOnOwnServers } from '../../support/start-on-own-servers.ts';
import { until } from '../../support/until.ts';

/** `npm run bench -- outage` measures a minute, and the rate at which the backlog shrinks. */
const OUTAGE_MS = 10_000;
const LOAD = { rate: 50, seconds: 20, ordersPerRequest: 1, bulk: false, connections: 20 };

let stack: StartOnOwnServers;

beforeAll(async () => {
  stack = await startOnOwnServers();
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
});

test('while PostgreSQL is unavailable under load every order is accepted, and afterwards each is stored once, as it was sent', async () => {
  await using database = createDatabase(stack.databaseUrl);
  using lag = await openLagReader([`127.0.0.1:${stack.kafka.port}`], orderProcessing);
  using sender = createOrderSender({ apiUrl: stack.orderly.apiUrl, ...LOAD });
  let storedBefore = 0;
  const observer = { onBegin: () => undefined, onSample: () => undefined };
  const loading = runLoad(LOAD, { sender, database, lag }, observer, new AbortController().signal);
  await until('orders are being stored', async () => {
    storedBefore = await countOrders(stack.databaseUrl);
    return storedBefore > 0;
  });

  stack.postgres.kill();
  await stack.postgres.ended;
  await delay(OUTAGE_MS); // the outage itself
  await stack.startPostgresAgain();
  const result = await loading;

  const orders = LOAD.rate * LOAD.seconds;
  expect(storedBefore).toBeLessThan(orders / 2);
  expect(result.errors).toEqual({});
  expect(result).toMatchObject({ sent: orders, acknowledged: orders, stored: orders });
  expect(result.verdict).toMatchObject({ ok: true, missing: [], wrong: [], dead_letters: [] });
});
