import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Server } from '../../local/process/server-process.ts';
import { type FakeDocker, fakeDocker } from '../support/fake-docker.ts';
import { beginStart, freeEnvironment, runScript } from '../support/npm-start.ts';
import { type OwnServers, ownServers } from '../support/own-servers.ts';
import { createTestState, killRecorded } from '../support/test-state.ts';

/** All tests use one stack, in this order. Docker is a fake program, and its Kafka is a process. */
const UP = 'up --detach --wait --wait-timeout 120 kafka';
const servers: OwnServers = ownServers();
const docker: FakeDocker = fakeDocker();
const stateDir = createTestState();
let kafka: Server;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  kafka = await servers.startKafka();
  environment = {
    ...(await freeEnvironment(stateDir)),
    KAFKA_PORT: `${kafka.port}`,
    PATH: `${docker.directory}:${process.env.PATH}`,
  };
  docker.answer('ps', 'echo kafka');
  docker.answer('stop', 'rm "$home/answer-ps"');
});
afterAll(async () => {
  killRecorded(stateDir);
  docker[Symbol.dispose]();
  rmSync(stateDir, { recursive: true, force: true });
  await servers[Symbol.asyncDispose]();
});

test('stack up with Docker starts the container and creates the topics, and status reports docker', async () => {
  const up = await runScript(['stack', '--', 'up', '--kafka', 'docker'], environment);
  const status = await runScript(['stack', '--', 'status'], environment);

  expect(up).toMatchObject({ exitCode: 0, output: expect.stringContaining('Created the topics: orders') });
  expect(docker.orders()).toEqual([UP]);
  expect(status.output).toMatch(new RegExp(`Kafka +running +docker +${kafka.port} `));
});

test('npm start uses the container, although Java is available, and leaves it running', async () => {
  const orderly = await beginStart(stateDir, environment).ready();

  const ended = await orderly.interrupt('SIGINT');

  expect(orderly.output()).toContain(`Kafka is already running on port ${kafka.port} (Docker)`);
  expect(ended.exitCode).toBe(0);
  expect(docker.orders()).toEqual([UP, UP]);
});

test('the other runtime is rejected while the container runs', async () => {
  const up = await runScript(['stack', '--', 'up', '--kafka', 'jars'], environment);

  expect(up).toMatchObject({
    exitCode: 1,
    output: expect.stringContaining('Kafka is running in Docker already: run "npm run stack -- down" first.'),
  });
});

test('stack down stops the container, and a reset then removes its volumes', async () => {
  const down = await runScript(['stack', '--', 'down'], environment);
  const reset = await runScript(['reset'], environment);

  expect(down).toMatchObject({ exitCode: 0, output: expect.stringContaining('Kafka has stopped (Docker)') });
  expect(reset).toMatchObject({ exitCode: 0, output: expect.stringContaining('containers and volumes') });
  expect(docker.orders().slice(2)).toEqual(['stop --timeout 3 kafka', 'down --volumes']);
});

test.each([
  ['an unknown runtime', 'podman', {}, 'Use --kafka jars or --kafka docker.\n'],
  [
    'a runtime with KAFKA_BROKERS',
    'docker',
    { KAFKA_BROKERS: '127.0.0.1:9092' },
    'KAFKA_BROKERS names a Kafka that already runs: leave out --kafka, or unset KAFKA_BROKERS.\n',
  ],
])('%s is rejected', async (_, way, settings, output) => {
  const up = await runScript(['stack', '--', 'up', '--kafka', way], { ...environment, ...settings });

  expect(up).toEqual({ exitCode: 1, output });
});
