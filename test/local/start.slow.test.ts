import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { apiRequest } from '../support/api-request.ts';
import {
  ENDED_MS,
  freeEnvironment,
  KILLED_MS,
  type RunningStart,
  runScript,
  startOrderly,
} from '../support/npm-start.ts';
import {
  createTestState,
  kafkaDistribution,
  linkDistribution,
  recorded,
  untilEnded,
} from '../support/test-state.ts';
import { until } from '../support/until.ts';

/** All tests use one `npm start`, in this order, because each start takes seconds. */
let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly();
});
afterAll(async () => {
  await orderly?.stop();
});

/** Waits twice, because the event source may pause longer than one wait after an outage. */
async function acceptAndComplete(orderId: string): Promise<unknown> {
  const order = { order_id: orderId, customer_id: 'c-1', product_id: 'p-1', quantity: 1, price: 1 };
  await apiRequest(orderly.apiUrl, 'POST', '/api/orders', order);
  const wait = () => apiRequest(orderly.apiUrl, 'GET', `/api/orders/${orderId}?wait=20`);
  const first = await wait();
  return (first.status === 200 ? first : await wait()).body;
}

test('the first order after the line "ready" completes', async () => {
  expect(await acceptAndComplete('after-start')).toMatchObject({ status: 'COMPLETED' });
});

test('a second start ends with one line that names the first', async () => {
  const second = await runScript(['start'], orderly.environment);

  const { start } = await orderly.pids();
  expect(second).toEqual({
    exitCode: 1,
    output: `"npm start" is already running here (pid ${start}): stop it first with Ctrl-C in its terminal, or with "kill ${start}".\n`,
  });
});

test('a reset during npm start is rejected', async () => {
  const reset = await runScript(['reset'], orderly.environment);

  expect(reset.exitCode).toBe(1);
  expect(reset.output).toMatch(/^"npm start" is already running here \(pid \d+\).*\n$/);
});

test('a start with a busy Kafka port names port and variable, and leaves nothing running', async () => {
  const stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  const environment = {
    ...(await freeEnvironment(stateDir)),
    KAFKA_PORT: orderly.environment.KAFKA_PORT ?? '',
  };

  const other = await runScript(['start'], environment);

  const { kafka } = await orderly.pids();
  expect(other.exitCode).toBe(1);
  expect(other.output.trim().split('\n').at(-1)).toMatch(
    new RegExp(
      `^Port ${environment.KAFKA_PORT} for Kafka is in use by pid ${kafka} .*: end .*, or set KAFKA_PORT`,
    ),
  );
  expect(await untilEnded(Object.values(recorded(stateDir)), 0)).toBe(true);
  rmSync(stateDir, { recursive: true });
});

test('a killed server is restarted, a line reports it, and orders complete', async () => {
  const before = await orderly.pids();

  process.kill(before.kafka, 'SIGKILL');
  process.kill(before.postgres, 'SIGKILL');
  await until('Kafka runs again', () => /Kafka is running again/.test(orderly.output()));
  await until('PostgreSQL runs again', () => /PostgreSQL is running again/.test(orderly.output()));

  expect(orderly.output()).toContain(`Kafka (pid ${before.kafka}) has ended unexpectedly`);
  expect(await acceptAndComplete('after-restart')).toMatchObject({ status: 'COMPLETED' });
});

test('after a kill -9 of npm start alone, the next one uses its servers and stops its functions', async () => {
  const before = await orderly.pids();
  const { offline } = recorded(orderly.stateDir);

  process.kill(before.start, 'SIGKILL');
  orderly = await orderly.startAgain();

  const after = await orderly.pids();
  expect(after).toMatchObject({ kafka: before.kafka, postgres: before.postgres });
  expect(await untilEnded(offline ? [offline] : [], 0)).toBe(true);
  expect(await acceptAndComplete('after-orphans')).toMatchObject({ status: 'COMPLETED' });
});

test('after a kill -9 of every process, the next start works and keeps the orders', async () => {
  await orderly.killEverything();
  orderly = await orderly.startAgain();

  const { body } = await apiRequest(orderly.apiUrl, 'GET', '/api/orders/after-start');
  expect(body).toMatchObject({ status: 'COMPLETED' });
  expect(await acceptAndComplete('after-kill')).toMatchObject({ status: 'COMPLETED' });
});

test('SIGTERM ends every process within seconds with exit code 0', async () => {
  const processes = Object.values(recorded(orderly.stateDir));

  const ended = await orderly.interrupt('SIGTERM');

  expect(ended.exitCode).toBe(0);
  expect(ended.ms).toBeLessThan(ENDED_MS);
  expect(processes).toHaveLength(4);
  expect(await untilEnded(processes, KILLED_MS)).toBe(true);
});
