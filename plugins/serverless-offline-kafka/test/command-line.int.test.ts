import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import { endCommandLines, serverless } from './support/command-line.ts';
import { committed, createTopic, members, numbered, produce, uniqueName } from './support/kafka.ts';
import { until } from './support/until.ts';

afterEach(endCommandLines);

const offsetsOf = ({ records }: MSKEvent): number[] =>
  Object.values(records).flatMap((list) => list.map(({ offset }) => offset));

describe.each([
  ['offline start', ['offline', 'start']],
  ['offline', ['offline', '--useInProcess']],
])('serverless %s', (_, command) => {
  test('delivers records that pass the filter, retries failures, commits, and ends on Ctrl-C', async () => {
    const topic = await createTopic(uniqueName(), 1);
    await produce(topic, 0, [...numbered(12), 'fail once', 'skip']);
    const group = `${topic}-group`;

    const running = await serverless(topic, ...command);
    await until('all is committed', async () => `${await committed(group, topic)}` === '14');
    const beginMs = performance.now();
    const exitCode = await running.interrupt();
    const stopMs = performance.now() - beginMs;

    expect(running.events().map(offsetsOf)).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      [10, 11, 12],
      [10, 11, 12],
    ]);
    expect(running.output()).toMatch(/offsets 0–9, 10 records, .*: succeeded/);
    expect(running.output()).toMatch(
      /failed \(an error of the record\), next attempt in 0\.2 s; not committed/,
    );
    expect(running.output()).not.toContain('→ paused'); // its `enabled` resolves to false
    expect(exitCode).toBe(0);
    expect(stopMs).toBeLessThan(10_000);
    expect(await members(group)).toEqual([]);
  });
});

test('an invalid service file ends the command before anything starts', async () => {
  const running = await serverless('', 'offline', 'start');

  expect(await running.ended).toBe(1);
  expect(running.output()).toMatch(
    /cannot start:\n.*functions\.record\.events\.0\.msk\.topic \(serverless\.yml:\d+\): /,
  );
  expect(running.output()).not.toContain('Offline [http for lambda]');
});

test('a function that is a container image ends the command before anything starts, in one line', async () => {
  const running = await serverless(uniqueName(), 'offline', 'start', '--param=imageIsOn=true');

  expect(await running.ended).toBe(1);
  expect(running.output()).toMatch(
    /cannot start:\n {2}- functions\.inImage\.image \(serverless\.yml:\d+\): a container image cannot run locally/,
  );
  expect(running.output()).not.toContain('Offline [http for lambda]');
});

test('a function whose file is missing is reported once at the start, and its lag can be read', async () => {
  const topic = await createTopic(uniqueName(), 1);

  const running = await serverless(topic, 'offline', 'start', '--param=withoutFileIsOn=true');
  await until('it is reported', async () => running.output().includes('absent'));
  const lag = await serverless(topic, 'kafka-lag', '--param=withoutFileIsOn=true', '--param=imageIsOn=true');

  expect(running.output()).toMatch(
    /functions\.withoutFile\.handler: there is no absent\.\* in .*fixture; invocations/,
  );
  expect(await lag.ended).toBe(0);
  expect(lag.output()).toMatch(/→ inImage/);
});

test('serverless invoke local finds a handler in TypeScript', async () => {
  const path = join(import.meta.dirname, 'fixture/event.json');

  const running = await serverless('orders', 'invoke', 'local', '--function', 'record', '--path', path);

  expect(await running.ended).toBe(0);
  expect(running.events().map(offsetsOf)).toEqual([[15]]);
});
