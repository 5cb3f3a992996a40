import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../cli/poll-until.ts';
import { answersMetadata, startKafka } from '../../../local/kafka/kafka-server.ts';
import { freePort } from '../../../local/process/ports.ts';
import { createServerHome } from '../../../local/process/server-home.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { createTestState, kafkaDistribution, recorded, untilEnded } from '../../support/test-state.ts';

let stateDirectory: string;
const servers: Server[] = [];

beforeEach(() => {
  stateDirectory = createTestState();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  rmSync(stateDirectory, { recursive: true, force: true });
});

async function start(signal?: AbortSignal): Promise<Server> {
  const distribution = await kafkaDistribution();
  const server = await startKafka({
    stateDirectory,
    distribution,
    port: await freePort(),
    startedBy: 'start',
    signal,
  });
  servers.push(server);
  return server;
}

const clusterId = (): string | undefined =>
  /^cluster\.id=(.+)$/m.exec(
    readFileSync(join(stateDirectory, 'kafka', 'data', 'meta.properties'), 'utf8'),
  )?.[1];

test('a half-formatted data directory is formatted again, and then keeps its identity', async () => {
  const unfinished = join(createServerHome(stateDirectory, 'kafka'), 'data.unfinished-x');
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, 'meta.properties'), 'version=1\n');

  const first = await start();
  const identity = clusterId();
  first.kill();
  await first.ended;
  const second = await start();

  expect(identity).toMatch(/^[\w-]{22}$/);
  expect(clusterId()).toBe(identity);
  expect(await answersMetadata(second.port)).toBe(true);
});

test('an aborted start leaves no process', async () => {
  const abortOther = new AbortController();
  const starting = start(abortOther.signal).catch((error: Error) => error.message);
  await pollUntil(() => recorded(stateDirectory).kafka !== undefined, { intervalMs: 5, timeoutMs: 60_000 });
  const { kafka } = recorded(stateDirectory);

  abortOther.abort(new Error('start aborted'));

  expect(await starting).toMatch(/start aborted|aborted/);
  expect(kafka && (await untilEnded([kafka], 1_000))).toBe(true);
});

test('a node that cannot start is reported with the last line of its log', async () => {
  const data = join(createServerHome(stateDirectory, 'kafka'), 'data');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, 'meta.properties'), 'nonsense\n');

  await expect(start()).rejects.toMatchObject({
    code: 'local_stack',
    message: expect.stringMatching(/^Kafka ended while it started: .+ \(see .*kafka\.log\)$/),
  });
});
