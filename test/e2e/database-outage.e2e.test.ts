import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openLagReader } from '../../bench/load/consumer-lag.ts';
import { createOrderSender } from '../../bench/load/order-sender.ts';
import { runLoad } from '../../bench/load/run-load.ts';
import { orderProcessing } from '../../lib/kafka/topics.ts';
import { createDatabase } from '../../lib/store/database.ts';
import { ensureDatabase, postgresUrl } from '../../local/postgres-server.ts';
import type { Server } from '../../local/server-process.ts';
import { queryOnce } from '../support/database.ts';
import { type RunningStart, startOrderly } from '../support/npm-start.ts';
import { type OwnServers, ownServers } from '../support/own-servers.ts';
import { until } from '../support/until.ts';

/** A minute of it, and how fast the backlog goes down, is in `npm run bench -- outage`. */
const OUTAGE_MS = 10_000;
const LOAD = { rate: 50, seconds: 14, ordersPerRequest: 1, bulk: false, connections: 20 };

/** `npm start` with servers that it neither starts nor restarts. */
let servers: OwnServers;
let kafka: Server;
let postgres: Server;
let orderly: RunningStart;

beforeAll(async () => {
  servers = ownServers();
  [kafka, postgres] = await Promise.all([servers.startKafka(), servers.startPostgres()]);
  await ensureDatabase(postgres.port, 'orderly');
  orderly = await startOrderly({
    KAFKA_BROKERS: `127.0.0.1:${kafka.port}`,
    DATABASE_URL: postgresUrl(postgres.port, 'orderly'),
  });
}, 90_000);
afterAll(async () => {
  await orderly?.stop();
  await servers[Symbol.asyncDispose]();
});

const databaseUrl = (): string => postgresUrl(postgres.port, 'orderly');

test('while PostgreSQL is away for a while under load every order is accepted, and afterwards each is stored once, as it was sent', async () => {
  await using database = createDatabase(databaseUrl());
  using lag = await openLagReader([`127.0.0.1:${kafka.port}`], orderProcessing);
  using sender = createOrderSender({ apiUrl: orderly.apiUrl, ...LOAD });
  let storedBefore = 0;
  const observer = { onBegin: () => undefined, onSample: () => undefined };
  const loading = runLoad(LOAD, { sender, database, lag }, observer, new AbortController().signal);
  await until('orders are being stored', async () => {
    const [row] = await queryOnce(databaseUrl(), 'SELECT count(*)::int AS stored FROM orders');
    storedBefore = Number(row?.stored);
    return storedBefore > 0;
  });

  postgres.kill();
  await postgres.ended;
  await delay(OUTAGE_MS); // this long an outage is what the test is about
  postgres = await servers.startPostgres(postgres.port);
  const result = await loading;

  const orders = LOAD.rate * LOAD.seconds;
  expect(storedBefore).toBeLessThan(orders / 2);
  expect(result.errors).toEqual({});
  expect(result).toMatchObject({ sent: orders, acknowledged: orders, stored: orders });
  expect(result.verdict).toMatchObject({ ok: true, missing: [], wrong: [], dead_letters: [] });
}, 180_000);
