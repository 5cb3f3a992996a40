import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EventSourceMapping } from '../../src/mapping/event-source-mapping.ts';
import { StallReport } from '../../src/status/stall-report.ts';
import { aDefinition, type DefinitionSettings } from '../support/a-definition.ts';
import { brokers, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { LARGE_BATCH_MS, recordBatch, sendBatches } from '../support/raw-records.ts';
import { until } from '../support/until.ts';

const KEY = Symbol.for('kafka-event-source.stalls');
/** No server listens at this address. */
const NO_BROKER = '127.0.0.1:1';

const { log } = aLog();
let topic: string;
let nowMs: number;
let stop: () => Promise<void>;

beforeEach(async () => {
  topic = await createTopic(uniqueName(), 2);
  nowMs = 0;
});
afterEach(() => stop());

function watchMapping(
  invoke: () => Promise<unknown>,
  { isStarted = true, ...settings }: DefinitionSettings & { isStarted?: boolean } = {},
): void {
  const cluster = { bootstrapServers: brokers, security: {}, sessionTimeoutMs: 6_000 };
  const definition = aDefinition({ topic, cluster, ...settings });
  const mapping = new EventSourceMapping({ definition, invoke, log });
  const stallReason = (partition: number | undefined): string => mapping.stallReason(partition);
  const report = new StallReport([{ definition, stallReason }], { log, now: () => nowMs, intervalMs: 500 });
  if (isStarted) {
    mapping.start();
  }
  report.start();
  stop = async () => {
    report.stop();
    await mapping.stop();
  };
}

const published = (): unknown => Reflect.get(globalThis, KEY)?.();

/** Returns the stalls that are published half a minute after the first observation. */
async function stalls(isExpected: (published: string) => boolean, timeoutMs?: number): Promise<unknown> {
  const isPublished = (): boolean => {
    nowMs += 30_000;
    return isExpected(JSON.stringify(published()));
  };
  await until('the stall is published', isPublished, timeoutMs);
  return published();
}

test('a failing function is reported with partition, offset and error', async () => {
  await produce(topic, 1, ['a', 'b', 'c']);
  watchMapping(async () => {
    throw new Error('no\nmemory');
  });

  expect(await stalls((text) => text.includes('fails'))).toEqual([
    {
      topic,
      function: 'work',
      group: `${topic}-group`,
      partition: 1,
      offset: 0,
      recordsWaiting: 3,
      stalledMs: expect.any(Number),
      reason: 'the function fails: no memory',
    },
  ]);
});

test('a function without a response is reported', async () => {
  await produce(topic, 0, ['a']);
  watchMapping(() => new Promise(() => undefined));

  expect(await stalls((text) => text.includes('responded'))).toMatchObject([
    { partition: 0, offset: 0, reason: 'the function has not responded yet' },
  ]);
});

test('an unreadable record is reported with a remedy', async () => {
  // exceeds the limit of a decompressed batch
  const value = Buffer.alloc(129 * 1024 * 1024);
  await sendBatches(brokers, { topic }, recordBatch([{ value }], { codec: 'zstd' }));
  watchMapping(async () => undefined);

  expect(await stalls((text) => text.includes('cannot be read'), LARGE_BATCH_MS)).toMatchObject([
    {
      partition: 0,
      offset: 0,
      reason: expect.stringMatching(
        new RegExp(`^the record at ${topic}-0@0 cannot be read .*kafka-delete-records`),
      ),
    },
  ]);
});

test('a partition that is not assigned to this process is reported', async () => {
  await produce(topic, 1, ['a']);
  watchMapping(async () => undefined, { isStarted: false });

  expect(await stalls((text) => text.includes('partition'))).toMatchObject([
    { partition: 1, reason: 'the partition is not assigned to this process' },
  ]);
});

test('unavailable brokers are reported without a partition', async () => {
  watchMapping(async () => undefined, {
    cluster: { bootstrapServers: NO_BROKER, security: {}, sessionTimeoutMs: 6_000 },
  });

  const [stall] = [await stalls((text) => text.includes('ECONNREFUSED'))].flat();
  expect(stall).toMatchObject({ topic, reason: expect.stringContaining(NO_BROKER) });
  expect(stall).not.toHaveProperty('partition');
});

test('a mapping that makes progress is not reported, and nothing is published after the stop', async () => {
  await produce(topic, 0, ['a', 'b']);
  let isDown = true;
  watchMapping(async () => {
    if (isDown) {
      throw new Error('down');
    }
  });
  await stalls((text) => text.includes('down'));

  isDown = false;

  await until('it is not reported any more', () => {
    nowMs += 30_000;
    return JSON.stringify(published()) === '[]';
  });
  await stop();
  expect(published()).toBeUndefined();
});
