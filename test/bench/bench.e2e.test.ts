import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { freePort } from '../../local/process/ports.ts';
import { createTopicsWithLeaders, kafkaClient } from '../support/kafka.ts';
import { runScript, type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';
import { startScript } from './running-script.ts';

test('without a running stack it reports the cause in one line, before any measurement', async () => {
  const elsewhere = { ...process.env, API_PORT: `${await freePort()}` };

  const { exitCode, output } = await runScript(['bench'], elsewhere);

  expect(output).toBe(
    `The API at http://127.0.0.1:${elsewhere.API_PORT} does not answer: start "npm start" first.\n`,
  );
  expect(exitCode).toBe(1);
});

test('an unknown measurement is named, and nothing is measured', async () => {
  const { exitCode, output } = await runScript(['bench', '--', 'backlog', 'nonsense'], process.env);

  expect(output).toBe('There is no measurement "nonsense": see --help.\n');
  expect(exitCode).toBe(1);
});

describe('with a running stack', () => {
  let orderly: SharedStart;
  let admin: kafkajs.Admin;

  beforeAll(async () => {
    orderly = await sharedStart();
    admin = kafkaClient([orderly.kafkaBrokers]).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin?.deleteTopics({ topics: ['bench'] });
    await admin?.disconnect();
  });

  test('a stopped run removes its topic and no other', async () => {
    await createTopicsWithLeaders(admin, { topic: 'bench' });
    const bench = startScript(['bench'], orderly.environment);
    await until('it measures', () => bench.output.out.includes('Concurrent single sends'));
    const meanwhile = await admin.listTopics();

    bench.signal('SIGTERM');
    const exitCode = await bench.ended;

    const benchTopics = async (): Promise<string[]> =>
      (await admin.listTopics()).filter((topic) => topic.startsWith('bench'));
    await until('its topic is removed', async () => (await benchTopics()).length < 2);
    expect(meanwhile).toContainEqual(expect.stringMatching(/^bench-/));
    expect(await benchTopics()).toEqual(['bench']);
    expect(bench.output.err).toBe('');
    expect(exitCode).toBe(130);
  });
});
