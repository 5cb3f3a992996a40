import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { brokers, committed, createTopic, members, numbered, produce, uniqueName } from '../support/kafka.ts';
import { type Invocation, startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { upTo } from '../support/records.ts';
import { until } from '../support/until.ts';

const MODES = ['per-partition', 'mixed'] as const;

afterEach(stopMappings);

describe.each(MODES)('delivery (%s)', (batches) => {
  test('delivers the records of each partition in order, in batches, and commits them', async () => {
    const topic = await createTopic(uniqueName(), 2);
    await produce(topic, 0, numbered(25));
    await produce(topic, 1, numbered(7));

    const { delivered } = startMapping({ topic, batches });
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '25,7');

    expect(delivered(0)).toEqual(upTo(25));
    expect(delivered(1)).toEqual(upTo(7));
  });

  test('has one batch per partition in flight, and delivers partitions in parallel', async () => {
    const topic = await createTopic(uniqueName(), 3);
    const partitions = [0, 1, 2];
    await Promise.all(partitions.map((partition) => produce(topic, partition, numbered(30))));
    let running = 0;
    let most = 0;

    const { invocations, delivered } = startMapping({ topic, batches }, async () => {
      running += 1;
      most = Math.max(most, running);
      await until('a while', () => running === 3 || most === 3);
      running -= 1;
    });
    await until('all is delivered', () =>
      partitions.every((partition) => delivered(partition).length === 30),
    );

    expect(most).toBe(3);
    for (const partition of partitions) {
      expect(overlaps(invocations.filter(({ partitions: of }) => of.includes(partition)))).toBe(false);
    }
  });
});

describe('a batching window', () => {
  test('delays the batches of all partitions in parallel', async () => {
    const topic = await createTopic(uniqueName(), 3);
    const { invocations, holds } = startMapping({ topic, batchingWindowMs: 3_000 });
    await until('the mapping holds its partitions', () => holds().length === 1);

    const producedMs = performance.now();
    await Promise.all([0, 1, 2].map((partition) => produce(topic, partition, ['one'])));
    await until('each partition was delivered', () => invocations.length === 3);

    const waits = invocations.map(({ startedMs }) => startedMs - producedMs);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...waits) - Math.min(...waits)).toBeLessThan(6_000); // in sequence: two windows
  });
});

test('a mixed batch contains the records of several partitions within the window, and commits each partition', async () => {
  const topic = await createTopic(uniqueName(), 3);
  await Promise.all([0, 1, 2].map((partition) => produce(topic, partition, numbered(4 + partition))));

  const { invocations } = startMapping({ topic, batches: 'mixed', batchSize: 100, batchingWindowMs: 2_000 });
  await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '4,5,6');

  const [{ event } = { event: { records: {} } }] = invocations;
  const offsets = Object.entries(event.records).map(([place, records]) => [
    place,
    records.map(({ offset }) => offset),
  ]);
  expect(Object.fromEntries(offsets)).toEqual({
    [`${topic}-0`]: upTo(4),
    [`${topic}-1`]: upTo(5),
    [`${topic}-2`]: upTo(6),
  });
});

describe('a failing function', () => {
  test('gets the same uncommitted batch until it succeeds, while other partitions continue', async () => {
    const topic = await createTopic(uniqueName(), 2);
    await produce(topic, 0, numbered(15));
    await produce(topic, 1, numbered(15));
    const group = `${topic}-group`;
    let isBroken = true;

    const { invocations, delivered, lines } = startMapping({ topic }, async ({ partition }) => {
      if (partition === 0 && isBroken) {
        throw new Error('no database');
      }
    });
    await until('the batch was tried three times', () => failures(invocations).length >= 3);
    await until('the other partition is committed', async () => (await committed(group, topic))[1] === 15);
    const during = await committed(group, topic);
    isBroken = false;
    await until('all is committed', async () => `${await committed(group, topic)}` === '15,15');

    expect(during).toEqual([-1, 15]);
    expect(new Set(failures(invocations).map(({ offsets }) => `${offsets}`))).toEqual(
      new Set([`${upTo(10)}`]),
    );
    expect(delivered(0)).toEqual(upTo(15));
    expect(lines).toContainEqual(
      expect.stringMatching(/^warning .*failed \(no database\), next attempt in 0.2 s/),
    );
  });
});

describe('a slow function', () => {
  test('keeps its partitions for longer than the session timeout', async () => {
    const topic = await createTopic(uniqueName(), 1);
    await produce(topic, 0, numbered(20));
    const sessionTimeoutMs = 6_000; // a busy machine can delay heartbeats by seconds
    const cluster = { bootstrapServers: brokers, security: {}, sessionTimeoutMs };

    const { holds, delivered } = startMapping({ topic, cluster }, async ({ offsets }) => {
      if (offsets[0] === 0) {
        await delay(sessionTimeoutMs + 1_500);
      }
    });
    await until('all is committed', async () => `${await committed(`${topic}-group`, topic)}` === '20');

    expect(holds()).toHaveLength(1);
    expect(delivered(0)).toEqual(upTo(20));
  });
});

describe('a topic that does not exist', () => {
  test('is reported once, and the mapping starts when it exists', async () => {
    const topic = uniqueName();
    const { lines, delivered } = startMapping({ topic });
    await until('the missing topic is reported', () => lines.length > 0);

    await createTopic(topic, 1);
    await produce(topic, 0, numbered(3));
    await until('all is delivered', () => delivered(0).length === 3);

    expect(lines.filter((line) => line.startsWith('warning'))).toEqual([
      `warning ${topic} → work: the topic does not exist yet; retrying`,
    ]);
  });
});

describe.each(MODES)('stop (%s)', (batches) => {
  test('waits for the batch in flight, commits it and leaves the group', async () => {
    const topic = await createTopic(uniqueName(), 1);
    await produce(topic, 0, numbered(20));
    let finish = (): void => undefined;
    const { mapping, invocations } = startMapping(
      { topic, batches },
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    await until('a batch is in flight', () => invocations.length === 1);

    const stopped = mapping.stop();
    finish();
    await stopped;

    expect(await committed(`${topic}-group`, topic)).toEqual([10]);
    await untilLeft(`${topic}-group`);
    expect(invocations).toHaveLength(1);
  });

  test('does not wait for a function that never ends, and commits nothing of its batch', async () => {
    const topic = await createTopic(uniqueName(), 1);
    await produce(topic, 0, numbered(5));
    const { mapping, invocations } = startMapping({ topic, batches }, () => new Promise(() => undefined));
    await until('a batch is in flight', () => invocations.length === 1);

    const beginMs = performance.now();
    await mapping.stop();

    expect(performance.now() - beginMs).toBeLessThan(6_000);
    expect(await committed(`${topic}-group`, topic)).toEqual([-1]);
    await untilLeft(`${topic}-group`);
  });
});

test('the client id of a member contains the process id', async () => {
  const topic = await createTopic(uniqueName(), 1);

  const { holds } = startMapping({ topic });
  await until('the mapping holds its partitions', () => holds().length === 1);

  expect(await members(`${topic}-group`)).toEqual([`serverless-offline-kafka-${process.pid}`]);
});

const failures = (invocations: readonly Invocation[]): Invocation[] =>
  invocations.filter(({ outcome }) => outcome === 'failed');

const overlaps = (invocations: readonly Invocation[]): boolean =>
  invocations.some(({ startedMs }, index) => startedMs < (invocations[index - 1]?.endedMs ?? 0));

/** The limit is shorter than the session timeout, after which Kafka removes a member that did not leave. */
async function untilLeft(group: string): Promise<void> {
  await until('the member has left the group', async () => (await members(group)).length === 0, 4_000);
}
