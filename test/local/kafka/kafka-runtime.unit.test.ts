import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KAFKA_VERSION } from '../../../local/kafka/kafka-distribution.ts';
import { chooseKafkaRuntime, type KafkaRuntime } from '../../../local/kafka/kafka-runtime.ts';
import { ownIdentity } from '../../../local/process/process-table.ts';
import { recordFile, writeRecord } from '../../../local/process/state-files.ts';
import { readSettings } from '../../../local/settings.ts';
import { type FakeDocker, fakeDocker } from '../../support/fake-docker.ts';

const { PATH: path, JAVA_HOME: javaHome } = process.env;
const since = '2026-11-23T16:00:00.000Z';
let stateDirectory: string;
let docker: FakeDocker;

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'orderly-way-'));
  docker = fakeDocker();
  process.env.PATH = docker.directory;
  installJava('17.0.15');
  mkdirSync(join(stateDirectory, `kafka-${KAFKA_VERSION}`));
});
afterEach(() => {
  docker[Symbol.dispose]();
  rmSync(stateDirectory, { recursive: true, force: true });
  process.env.PATH = path;
  if (javaHome === undefined) {
    delete process.env.JAVA_HOME;
  } else {
    process.env.JAVA_HOME = javaHome;
  }
});

/** Installs a fake java with this version. */
function installJava(version: string): void {
  const bin = join(stateDirectory, 'java', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'java'), `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`, { mode: 0o755 });
  process.env.JAVA_HOME = join(stateDirectory, 'java');
}

const choose = (wanted?: KafkaRuntime): Promise<KafkaRuntime> =>
  chooseKafkaRuntime({
    settings: readSettings({ STATE_DIR: stateDirectory }),
    wanted,
    signal: new AbortController().signal,
  });

const remember = {
  container: () =>
    writeRecord(join(stateDirectory, 'kafka-docker.json'), { port: 9092, startedBy: 'stack', since }),
  process: () =>
    writeRecord(recordFile(stateDirectory, 'kafka'), {
      ...ownIdentity(),
      port: 9092,
      startedBy: 'stack',
      since,
    }),
};

test('with Java and the jars, Docker is not called', async () => {
  expect(await choose()).toBe('jars');
  expect(docker.calls()).toEqual([]);
});

test('the requested runtime is used, whichever others are available', async () => {
  expect(await choose('docker')).toBe('docker');
});

test.each([
  [
    'Java is missing',
    () => {
      process.env.JAVA_HOME = '/nowhere';
    },
  ],
  ['Java is too old', () => installJava('11.0.2')],
  [
    'neither the jars nor Maven are available',
    () => rmSync(join(stateDirectory, `kafka-${KAFKA_VERSION}`), { recursive: true }),
  ],
])('when %s, an available Docker is used', async (_, take) => {
  take();

  expect(await choose()).toBe('docker');
});

test('when neither is available, the message names the missing parts and all three options', async () => {
  process.env.JAVA_HOME = '/nowhere';
  process.env.PATH = '/nowhere';

  await expect(choose()).rejects.toMatchObject({
    code: 'local_stack',
    message:
      'Java was not found, and Kafka needs it: install Java 17 or newer and Maven, or start Docker with Compose, or set KAFKA_BROKERS to a Kafka that is already running. Docker was not found.',
  });
});

test('a Kafka that runs in Docker is used, although Java is available', async () => {
  remember.container();
  docker.answer('ps', 'echo kafka');

  expect(await choose()).toBe('docker');
});

test.each(['exit 0', 'echo "Cannot connect to the Docker daemon" >&2; exit 1'])(
  'an old container that does not run has no influence (%s)',
  async (answer) => {
    remember.container();
    docker.answer('ps', answer);

    expect(await choose()).toBe('jars');
  },
);

test('a Kafka that runs from its jars is used, although Java was removed', async () => {
  remember.process();
  process.env.JAVA_HOME = '/nowhere';

  expect(await choose()).toBe('jars');
});

test('a runtime other than the running one is rejected', async () => {
  remember.process();

  await expect(choose('docker')).rejects.toThrow(
    'Kafka is running from its jars already: run "npm run stack -- down" first.',
  );
});
