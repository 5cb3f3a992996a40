import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  findKafkaInDocker,
  openKafkaInDocker,
  removeContainers,
} from '../../../local/kafka/kafka-in-docker.ts';
import type { Running } from '../../../local/process/lifecycle.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import type { StartedBy } from '../../../local/process/state-files.ts';
import { readSettings, type Settings } from '../../../local/settings.ts';
import { type FakeDocker, fakeDocker } from '../../support/fake-docker.ts';

const path = process.env.PATH;
const RUNS = 'echo kafka';
const UP = 'up --detach --wait --wait-timeout 120 kafka';
let docker: FakeDocker;
let settings: Settings;
let lines: string[];
let owned: Running[];

beforeEach(async () => {
  docker = fakeDocker();
  process.env.PATH = `${docker.directory}:${path}`;
  const stateDirectory = mkdtempSync(join(tmpdir(), 'orderly-docker-'));
  settings = readSettings({ STATE_DIR: stateDirectory, KAFKA_PORT: `${await freePort()}` });
  lines = [];
  owned = [];
});
afterEach(() => {
  docker[Symbol.dispose]();
  rmSync(settings.stateDirectory, { recursive: true, force: true });
  process.env.PATH = path;
});

async function open(startedBy: StartedBy, at: Settings = settings): Promise<void> {
  const say = (line: string): void => void lines.push(line);
  const output = { step: say, warn: say, print: say };
  const { signal } = new AbortController();
  await openKafkaInDocker({ settings: at, startedBy, output, signal }, (running) => owned.push(running));
}

test('a container that npm start started stops with it', async () => {
  await open('start');
  await owned[0]?.stop();

  expect(docker.orders()).toEqual([UP, 'stop --timeout 3 kafka']);
  expect(lines).toEqual([
    'Starting Kafka in Docker (the first time it pulls the image) …',
    `Kafka is ready on port ${settings.kafkaPort} (Docker)`,
  ]);
});

test('npm start uses a container of stack up, and does not own it', async () => {
  await open('stack');
  docker.answer('ps', RUNS);
  owned = [];

  await open('start');

  expect(owned).toEqual([]);
  expect(lines.at(-1)).toBe(`Kafka is already running on port ${settings.kafkaPort} (Docker)`);
  expect(await findKafkaInDocker(settings)).toMatchObject({ startedBy: 'stack', port: settings.kafkaPort });
});

test('the next npm start owns the container of a killed one', async () => {
  await open('start');
  docker.answer('ps', RUNS);
  owned = [];

  await open('start');

  expect(owned).toHaveLength(1);
});

test('a container that was started by hand is not owned', async () => {
  docker.answer('ps', RUNS);

  await open('start');

  expect(owned).toEqual([]);
  expect(docker.orders()).toEqual([UP]);
});

test('a port other than that of the running stack is rejected before any change', async () => {
  await open('stack');
  docker.answer('ps', RUNS);
  const elsewhere = { ...settings, kafkaPort: settings.kafkaPort + 1 };

  await expect(open('start', elsewhere)).rejects.toThrow(
    `Kafka is running in Docker on port ${settings.kafkaPort} since "npm run stack -- up": set KAFKA_PORT=${settings.kafkaPort}, or run "npm run stack -- down" first.`,
  );
  expect(docker.orders()).toEqual([UP]);
});

test('a busy port is reported before a container is created', async () => {
  const other = net.createServer();
  await new Promise<void>((resolve) => void other.listen(settings.kafkaPort, LOCAL_HOST, resolve));

  await expect(open('start')).rejects.toThrow(
    new RegExp(`^Port ${settings.kafkaPort} for Kafka is in use.+set KAFKA_PORT`),
  );
  other.close();
  expect(docker.orders()).toEqual([]);
});

test('a container that does not become healthy is stopped by its owner', async () => {
  docker.answer('up', 'echo "container orderly-kafka-1 is unhealthy" >&2; exit 1');

  await expect(open('start')).rejects.toThrow(/^Docker did not start kafka/);
  await owned[0]?.stop();

  expect(docker.orders()).toEqual([UP, 'stop --timeout 3 kafka']);
});

test('the volumes are removed once, and only when Docker was used', async () => {
  expect(await removeContainers(settings)).toBe(false);
  await open('start');

  expect(await removeContainers(settings)).toBe(true);
  expect(await removeContainers(settings)).toBe(false);

  expect(docker.orders()).toEqual([UP, 'down --volumes']);
});

test('the volumes of a running container are not removed', async () => {
  await open('stack');
  docker.answer('ps', 'echo kafka; echo postgres');

  await expect(removeContainers(settings)).rejects.toThrow(
    'Docker is running kafka, postgres: stop it with "docker compose stop", then reset.',
  );
  expect(docker.orders()).toEqual([UP]);
});

test('without Docker, a reset reports the remaining data and the remedy', async () => {
  await open('stack');
  process.env.PATH = '/nowhere';
  const file = join(settings.stateDirectory, 'kafka-docker.json');

  await expect(removeContainers(settings)).rejects.toThrow(
    `Kafka's data in Docker cannot be removed. Docker was not found. Start Docker, or delete ${file} if you no longer use Docker.`,
  );
  expect(existsSync(file)).toBe(true);
});
