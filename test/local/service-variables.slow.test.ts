import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../cli/poll-until.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { httpEvent } from '../support/http-event.ts';
import { copyService, type Ended, type ServiceCopy } from '../support/service-copy.ts';
import {
  createTestState,
  kafkaDistribution,
  killRecorded,
  linkDistribution,
  untilEnded,
} from '../support/test-state.ts';

/** One stack for all tests, in this order. Only the `.env` of a copy of the project contains its ports. */
let stateDir: string;
let service: ServiceCopy;
let kafkaPort: number;

const SERVERLESS = join(PROJECT_ROOT, 'node_modules/serverless/bin/serverless.js');
const environment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, HOME: service.directory });

beforeAll(async () => {
  stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  service = copyService();
  kafkaPort = await freePort();
  const names = ['POSTGRES_PORT', 'API_PORT', 'WEBSOCKET_PORT', 'LAMBDA_PORT'];
  const ports = await Promise.all(names.map(async (name) => `${name}=${await freePort()}`));
  const lines = [`STATE_DIR=${stateDir}`, `KAFKA_PORT=${kafkaPort}`, 'KAFKA_BROKERS=', ...ports];
  writeFileSync(join(service.directory, '.env'), `${lines.join('\n')}\n`);
  const up = spawn(process.execPath, ['local/stack.ts', 'up'], {
    cwd: service.directory,
    env: environment(),
    stdio: 'inherit',
  });
  await new Promise((resolve) => up.once('exit', resolve));
});
afterAll(async () => {
  await untilEnded(killRecorded(stateDir), 10_000);
  rmSync(stateDir, { recursive: true, force: true });
  service[Symbol.dispose]();
});

const answerOf = ({ output }: Ended): { statusCode: number; body: string } =>
  JSON.parse(output.slice(output.search(/^\{$/m)));

const invoke = (name: string, event: object): Promise<Ended> =>
  service.serverless(['invoke', 'local', '--function', name, '--data', JSON.stringify(event)]);

async function lagOfOrders(): Promise<number | string> {
  const { exitCode, output } = await service.serverless(['kafka-lag', '--json']);
  const lags: { topic: string; lag: number }[] = exitCode === 0 ? JSON.parse(output) : [];
  return lags.find(({ topic }) => topic === 'orders')?.lag ?? output;
}

test('invoke local writes to the Kafka and reads the PostgreSQL that .env names', async () => {
  const headers = { 'content-type': 'application/json', host: LOCAL_HOST };
  const order = { order_id: 'by-env', customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };

  const created = await invoke(
    'createOrder',
    httpEvent('POST', '/api/orders', JSON.stringify(order), headers),
  );
  const listed = await invoke('listOrders', httpEvent('GET', '/api/orders', undefined, headers));

  expect(answerOf(created).statusCode).toBe(202);
  expect(answerOf(listed)).toMatchObject({ statusCode: 200, body: expect.stringContaining('[]') });
});

test('kafka-lag asks the Kafka that .env names', async () => {
  expect(await lagOfOrders()).toBe(1);
});

test('offline start processes the orders of the Kafka that .env names', async () => {
  const offline = spawn(process.execPath, [SERVERLESS, 'offline', 'start', '--useInProcess'], {
    cwd: service.directory,
    env: environment(),
    stdio: 'ignore',
  });
  try {
    const isProcessed = async (): Promise<boolean> => (await lagOfOrders()) === 0;
    expect(await pollUntil(isProcessed, { intervalMs: 100, timeoutMs: 180_000 })).toBe(true);
  } finally {
    offline.kill('SIGINT');
    await new Promise((resolve) => offline.once('exit', resolve));
  }
});

test('without settings in .env the commands find the running servers of the state directory', async () => {
  writeFileSync(join(service.directory, '.env'), `STATE_DIR=${stateDir}\n`);

  expect(await lagOfOrders()).toEqual(expect.any(Number));
});

test('environment variables override .env and the running servers', async () => {
  writeFileSync(join(service.directory, '.env'), `STATE_DIR=${stateDir}\nKAFKA_PORT=${await freePort()}\n`);

  const { output } = await service.serverless(['print'], '.', { KAFKA_BROKERS: 'one:9092, two:9092' });

  expect(output).toContain('KAFKA_BROKERS: one:9092,two:9092');
  expect(output).toContain('bootstrapServers: one:9092,two:9092');
  expect((await service.serverless(['print'])).output).not.toContain(`${LOCAL_HOST}:${kafkaPort}`);
});
