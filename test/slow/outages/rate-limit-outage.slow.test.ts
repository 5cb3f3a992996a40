import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { median } from '../../../bench/median.ts';
import { ensureDatabase } from '../../../lib/postgres/ensure-database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { WINDOW_MS } from '../../../lib/rate-limits/permits.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';
import { type OwnServers, ownServers } from '../../support/own-servers.ts';
import { answerOf, beginMinute, createOrder } from '../../support/rate-limited.ts';
import { until } from '../../support/until.ts';
import { signalTree } from '../integrity/cluster/process-tree.ts';

const LIMIT = 10;
const ORDERS = 30;
/** Orders that each wait until a query times out take 30 s. The rest is for a busy machine. */
const ORDERS_MS = 15_000;
/** A query times out after a second. */
const FIRST_MS = 1_000;
const MINUTES = [2, 3, 4, 5, 6];

let servers: OwnServers;
let postgres: Server;
let handlers: HandlerProcess;

beforeAll(async () => {
  await ensureOrdersTopic();
  servers = ownServers();
  postgres = await servers.startPostgres();
  const url = servers.databaseUrl(postgres, 'orderly');
  await ensureDatabase({ connectionString: url });
  await migrate(url);
  handlers = startHandlerProcess({
    KAFKA_BROKERS: testBrokers().join(),
    DATABASE_URL: url,
    RATE_LIMIT: `${LIMIT}`,
  });
});
afterAll(async () => {
  handlers?.[Symbol.dispose]();
  await servers?.[Symbol.asyncDispose]();
});

interface Sent {
  readonly statuses: readonly number[];
  /** The time of all orders, which are sent one after the other. */
  readonly ms: number;
}

async function sendOrders(): Promise<Sent> {
  const startedAt = performance.now();
  const statuses: number[] = [];
  for (let order = 0; order < ORDERS; order += 1) {
    statuses.push((await answerOf(handlers, createOrder())).statusCode);
  }
  return { statuses, ms: performance.now() - startedAt };
}

const all = (status: number): number[] => new Array(ORDERS).fill(status);

test('while PostgreSQL is frozen and then killed orders above the limit are accepted without a long wait, and afterwards the limit holds again', async () => {
  await beginMinute(handlers, 1);
  await until('the limit is used up', async () => {
    const { statusCode } = await answerOf(handlers, createOrder()); // 202 without a check, if PostgreSQL answers late
    return statusCode === 429;
  });
  const before = await sendOrders();

  signalTree(postgres.pid, 'SIGSTOP');
  const firstsMs = await timeFirstOrders();
  const frozen = await sendOrders();
  signalTree(postgres.pid, 'SIGKILL'); // without SIGCONT, after which it would grant the permits that it was asked for
  await postgres.ended;
  const killed = await sendOrders();
  postgres = await servers.startPostgres(postgres.port);
  await until('the limit holds', async () => (await answerOf(handlers, createOrder())).statusCode === 429);

  expect(before.statuses).toEqual(all(429));
  expect([frozen.statuses, killed.statuses]).toEqual([all(202), all(202)]);
  expect(median(firstsMs)).toBeLessThan(FIRST_MS);
  expect(frozen.ms).toBeLessThan(ORDERS_MS);
  expect(killed.ms).toBeLessThan(ORDERS_MS);
  expect(handlers.output()).toMatch(/WARN .*the rate limit could not be checked.*requests=\d+/);
});

/**
 * Times the first order of several minutes. In a new minute the process has no permits, so it waits for some. The orders
 * after it do not wait.
 */
async function timeFirstOrders(): Promise<number[]> {
  const startedAt = Date.now() - (Date.now() % WINDOW_MS) + 1_000;
  const times: number[] = [];
  for (const minute of MINUTES) {
    handlers.turnClock(startedAt + minute * WINDOW_MS - Date.now());
    const sentAt = performance.now();
    expect((await answerOf(handlers, createOrder())).statusCode).toBe(202);
    times.push(performance.now() - sentAt);
  }
  return times;
}
