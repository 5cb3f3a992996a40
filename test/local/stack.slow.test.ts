import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  beginStart,
  freeEnvironment,
  KILLED_MS,
  type RunningStart,
  runScript,
} from '../support/npm-start.ts';
import {
  createTestState,
  kafkaDistribution,
  killRecorded,
  linkDistribution,
  recorded,
  untilEnded,
} from '../support/test-state.ts';

/** All tests use one stack, in this order. */
let stateDir: string;
let environment: NodeJS.ProcessEnv;
let orderly: RunningStart;

beforeAll(async () => {
  stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  environment = await freeEnvironment(stateDir);
});
afterAll(() => {
  killRecorded(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

const serverPids = (): (number | undefined)[] => {
  const { kafka, postgres } = recorded(stateDir);
  return [kafka?.pid, postgres?.pid];
};

test('stack up leaves Kafka and PostgreSQL running, and status shows them', async () => {
  const up = await runScript(['stack', '--', 'up'], environment);
  const status = await runScript(['stack', '--', 'status'], environment);

  const [kafka, postgres] = serverPids();
  expect(up).toMatchObject({ exitCode: 0, output: expect.stringContaining('Created the topics: orders') });
  expect(status.output).toMatch(new RegExp(`Kafka +running +${kafka} +${environment.KAFKA_PORT} `));
  expect(status.output).toMatch(
    new RegExp(`PostgreSQL +running +${postgres} +${environment.POSTGRES_PORT} `),
  );
});

test('a reset of a running stack is rejected', async () => {
  const reset = await runScript(['reset'], environment);

  expect(reset).toMatchObject({
    exitCode: 1,
    output: expect.stringMatching(/^Kafka is running \(pid \d+\): stop it/),
  });
});

test('npm start uses the running stack, and a stack down meanwhile is rejected', async () => {
  const before = serverPids();

  orderly = await beginStart(stateDir, environment).ready();
  const down = await runScript(['stack', '--', 'down'], environment);

  expect(serverPids()).toEqual(before);
  expect(down).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('"npm start" is already running here'),
  });
});

test('npm start leaves the stack running when it is interrupted', async () => {
  const { kafka, postgres, ...own } = recorded(stateDir);

  const ended = await orderly.interrupt('SIGINT');

  expect(ended.exitCode).toBe(0);
  expect(await untilEnded(Object.values(own), KILLED_MS)).toBe(true);
  const status = await runScript(['stack', '--', 'status'], environment);
  expect(status.output).toMatch(new RegExp(`running +${kafka?.pid}`));
  expect(status.output).toMatch(new RegExp(`running +${postgres?.pid}`));
});

test('stack down stops both, and reset removes their data', async () => {
  const processes = Object.values(recorded(stateDir));

  const down = await runScript(['stack', '--', 'down'], environment);
  const reset = await runScript(['reset'], environment);
  const status = await runScript(['stack', '--', 'status'], environment);

  expect([down.exitCode, reset.exitCode]).toEqual([0, 0]);
  expect(await untilEnded(processes, 0)).toBe(true);
  expect(status.output).toMatch(/Kafka +stopped\nPostgreSQL +stopped\n/);
});
