import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pollUntil } from '../../../cli/poll-until.ts';
import { dockerCompose } from '../../../local/kafka/docker-compose.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import { type FakeDocker, fakeDocker } from '../../support/fake-docker.ts';

const path = process.env.PATH;
const compose = dockerCompose({ kafkaPort: 9192, postgresPort: 55_532 });
const never = new AbortController().signal;
let docker: FakeDocker;

beforeEach(() => {
  docker = fakeDocker();
  process.env.PATH = `${docker.directory}:${path}`;
});
afterEach(() => {
  docker[Symbol.dispose]();
  process.env.PATH = path;
});

test('every command names the file of the project and passes the port of the settings', async () => {
  await compose.up('kafka', never);

  expect(docker.calls()).toEqual([
    `KAFKA_PORT=9192 docker compose --file ${join(PROJECT_ROOT, 'docker-compose.yml')} --progress quiet up --detach --wait --wait-timeout 120 kafka`,
  ]);
});

test('the running services are those of docker compose ps', async () => {
  docker.answer('ps', 'echo kafka; echo kafka-ui');

  const running = await compose.runningServices();

  expect(running).toEqual(['kafka', 'kafka-ui']);
  expect(docker.calls()).toEqual([expect.stringMatching(/ ps --status running --services$/)]);
});

test('stopping, killing and removing are one command each', async () => {
  await compose.stop('kafka');
  await compose.removeAll();
  compose.kill('kafka');
  await pollUntil(() => docker.orders().length === 3, { intervalMs: 20, timeoutMs: 10_000 });

  expect(docker.orders()).toEqual(['stop --timeout 3 kafka', 'down --volumes', 'kill kafka']);
});

test('a container that does not become healthy is reported with the message of Docker', async () => {
  docker.answer('up', 'echo "container orderly-kafka-1 is unhealthy" >&2; exit 1');

  await expect(compose.up('kafka', never)).rejects.toMatchObject({
    code: 'local_stack',
    message:
      'Docker did not start kafka (docker failed: container orderly-kafka-1 is unhealthy): see "docker compose logs kafka".',
  });
});

test('an aborted start ends at once with the reason of the signal', async () => {
  docker.answer('up', 'exec sleep 60');
  const abortOther = new AbortController();
  const starting = compose.up('kafka', abortOther.signal);
  await pollUntil(() => docker.orders().length === 1, { intervalMs: 20, timeoutMs: 10_000 });

  abortOther.abort(new Error('start aborted'));

  await expect(starting).rejects.toThrow('start aborted');
});

test('a missing docker on the PATH differs from an engine that does not run', async () => {
  docker.answer('ps', 'echo "Cannot connect to the Docker daemon at unix:///x. Is it running?" >&2; exit 1');

  await expect(compose.runningServices()).rejects.toThrow(
    'Docker cannot be used (docker failed: Cannot connect to the Docker daemon at unix:///x. Is it running?).',
  );
  process.env.PATH = '/nowhere';
  await expect(compose.runningServices()).rejects.toThrow(/^Docker was not found\.$/);
});

test('a docker without the Compose plugin is reported', async () => {
  docker.answer('ps', 'echo "unknown flag: --file" >&2; exit 125');

  await expect(compose.runningServices()).rejects.toThrow(
    'Docker has no Compose: install the Compose plugin.',
  );
});

test('a hanging engine times out after 5 s', async () => {
  docker.answer('ps', 'exec sleep 60');

  await expect(compose.runningServices()).rejects.toMatchObject({
    code: 'local_stack',
    message: 'Docker does not answer within 5 s.',
  });
});

test('killing without docker is not an error', async () => {
  process.env.PATH = '/nowhere';

  expect(() => compose.kill('kafka')).not.toThrow();
});
