import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { processTree } from '../slow/integrity/cluster/process-tree.ts';
import { type ApiRequest, apiRequest } from '../support/api-request.ts';
import { queryOnce } from '../support/database.ts';
import {
  beginStart,
  ENDED_MS,
  freeEnvironment,
  KILLED_MS,
  type RunningStart,
  runScript,
} from '../support/npm-start.ts';
import { proportionalMb } from '../support/process-memory.ts';
import {
  createTestState,
  kafkaDistribution,
  killRecorded,
  linkDistribution,
  recorded,
  untilEnded,
} from '../support/test-state.ts';
import { until } from '../support/until.ts';

/** All tests use one state directory, in this order. start.slow and stack.slow test more cases. */
let stateDir: string;
let environment: NodeJS.ProcessEnv;
let orderly: RunningStart;

beforeAll(async () => {
  stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  environment = await freeEnvironment(stateDir);
});
afterAll(async () => {
  await orderly?.killEverything();
  killRecorded(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

const script = (line: string, settings = environment) => runScript(line.split(' '), settings);
const request: ApiRequest = (...args) => apiRequest(orderly.apiUrl, ...args);
const order = (id: string) => ({
  order_id: id,
  customer_id: 'c-1',
  product_id: 'p-1',
  quantity: 1,
  price: 1,
});

async function acceptAndComplete(orderId: string): Promise<unknown> {
  await request('POST', '/api/orders', order(orderId));
  return (await request('GET', `/api/orders/${orderId}?wait=20`)).body;
}

/** The memory of other processes is only in /proc. */
const onLinux = process.platform === 'linux' ? test : test.skip;

/** Orders that are sent before the servers are killed. */
let sentBefore = 0;
/** Orders that were accepted while PostgreSQL was unavailable. */
const waiting = Array.from({ length: 20 }, (_, index) => `without-postgres-${index}`);

test('stack up leaves Kafka and PostgreSQL running, status shows them, and a reset is rejected', async () => {
  const up = await script('stack -- up');
  const status = await script('stack -- status');
  const reset = await script('reset');

  const { kafka, postgres } = recorded(stateDir);
  expect(up).toMatchObject({ exitCode: 0, output: expect.stringContaining('Created the topics: orders') });
  expect(status.output).toMatch(new RegExp(`Kafka +running +${kafka?.pid} +${environment.KAFKA_PORT} `));
  expect(status.output).toMatch(
    new RegExp(`PostgreSQL +running +${postgres?.pid} +${environment.POSTGRES_PORT} `),
  );
  expect(reset).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/^Kafka is running \(pid \d+\): stop it/),
  });
});

test('npm start uses the running stack, and the first order after it is ready completes', async () => {
  const { kafka, postgres } = recorded(stateDir);

  orderly = await beginStart(stateDir, environment, ['--window', '0']).ready();

  expect(await orderly.pids()).toMatchObject({ kafka: kafka?.pid, postgres: postgres?.pid });
  expect(await acceptAndComplete('after-start')).toMatchObject({ status: 'COMPLETED' });
  sentBefore += 1;
});

test('with --window 0 an order is stored before the default window of 500 ms has passed', async () => {
  expect(orderly.output()).toMatch(/^ {2}Window +0 s$/m);
  // With a window every order takes at least 500 ms. Without one, some take longer on a busy machine.
  await until('an order is stored within 450 ms', async () => {
    const startedAt = performance.now();
    sentBefore += 1;
    expect(await acceptAndComplete(`window-${sentBefore}`)).toMatchObject({ status: 'COMPLETED' });
    return performance.now() - startedAt < 450;
  });
});

onLinux('at rest the processes use at most 720 MB together, and no build tool runs any more', async () => {
  const { start, offline, kafka, postgres } = await orderly.pids();

  expect(processTree(offline)).toEqual([offline]);
  // A busy machine collects garbage later.
  await until(
    'the processes use less than 720 MB',
    () => proportionalMb([start, offline, kafka, ...processTree(postgres)]) < 720,
  );
});

test('a second start, a reset and a stack down meanwhile end with one line that names the running npm start', async () => {
  const { start } = await orderly.pids();
  const line = `"npm start" is already running here (pid ${start})`;

  for (const command of ['start', 'reset', 'stack -- down']) {
    const rejected = await script(command);

    expect([command, rejected.exitCode]).toEqual([command, 1]);
    expect(rejected.output.startsWith(line)).toBe(true);
    expect(rejected.output.trim().split('\n')).toHaveLength(1);
  }
});

test('while PostgreSQL is down reads are 503 and orders are accepted', async () => {
  const { start, postgres } = await orderly.pids();
  process.kill(start, 'SIGSTOP'); // it would start the servers again
  process.kill(postgres, 'SIGKILL');

  const writes = await Promise.all(waiting.map((id) => request('POST', '/api/orders', order(id))));
  const read = await request('GET', '/api/orders/after-start');

  expect(writes.map(({ status }) => status)).toEqual(waiting.map(() => 202));
  expect(read).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
});

test('while Kafka is down too, an order gets 503 within 5 s, with its id for a retry', async () => {
  process.kill((await orderly.pids()).kafka, 'SIGKILL');
  const startedAt = performance.now();

  const write = await request('POST', '/api/orders', order('without-kafka'));

  expect(write).toMatchObject({
    status: 503,
    body: { code: 'kafka_unavailable', order_id: 'without-kafka' },
  });
  expect(write.headers.get('retry-after')).toBe('1');
  expect(performance.now() - startedAt).toBeLessThan(ENDED_MS);
});

test('after a kill -9 of every process, the next start stores each accepted order exactly once', async () => {
  await orderly.killEverything();

  orderly = await orderly.startAgain();

  for (const id of waiting) {
    const { body } = await request('GET', `/api/orders/${id}?wait=20`);
    expect(body).toMatchObject({ ...order(id), status: 'COMPLETED', version: 1 });
  }
  const [counts] = await queryOnce(
    orderly.databaseUrl,
    `SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT count(*)::int FROM order_status_history) AS changes,
            (SELECT count(*)::int FROM dead_letters) AS letters`,
  );
  const stored = waiting.length + sentBefore;
  expect(counts).toEqual({ orders: stored, changes: stored, letters: 0 });
  expect(await acceptAndComplete('without-kafka')).toMatchObject({ status: 'COMPLETED' });
});

test('SIGTERM ends every process within seconds with exit code 0, and a reset removes the data', async () => {
  const processes = Object.values(recorded(stateDir));

  const ended = await orderly.interrupt('SIGTERM');
  const allEnded = await untilEnded(processes, KILLED_MS);
  const reset = await script('reset');
  const status = await script('stack -- status');

  expect(ended.exitCode).toBe(0);
  expect(ended.ms).toBeLessThan(ENDED_MS);
  expect(processes).toHaveLength(4);
  expect(allEnded).toBe(true);
  expect(reset.exitCode).toBe(0);
  expect(status.output).toMatch(/Kafka +stopped\nPostgreSQL +stopped\n/);
});
