import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { kafkajs } from '../../../src/kafka/kafkajs/patched-kafkajs.ts';
import { recordBatch } from '../../support/raw-records.ts';

const require = createRequire(import.meta.url);
const RequestQueue = require('kafkajs/src/network/requestQueue/index.js');
const Runner = require('kafkajs/src/consumer/runner.js');
const logger = { debug: () => undefined, namespace: () => logger };

test('the patched version is kafkajs 2.2.4: for another version, compare each replacement with its code', () => {
  expect(require('kafkajs/package.json').version).toBe('2.2.4');
});

test('a fetch of kafkajs uses the patched decoder', async () => {
  const { protocol } = require('kafkajs/src/protocol/requests/fetch/index.js');
  const { response } = protocol({ version: 11 })({ maxWaitTime: 1, topics: [] });
  const batch = recordBatch([{ headers: [[Buffer.from('constructor'), Buffer.from('x')]] }]);
  const bytes = Buffer.concat([
    Buffer.alloc(10),
    Buffer.from('00000001000174000000010000000300000000000000000001', 'hex'), // topic t, partition 3, high watermark 1
    Buffer.alloc(8 + 8),
    Buffer.from('00000000ffffffff', 'hex'),
    Buffer.from([0, 0, 0, batch.length]),
    batch,
  ]);

  const { responses } = await response.parse(await response.decode(bytes));

  expect(responses).toMatchObject([
    { topicName: 't', partitions: [{ partition: 3, highWatermark: '1', messages: [{ offset: '0' }] }] },
  ]);
  expect(responses[0].partitions[0].messages[0].headerList).toEqual([['constructor', Buffer.from('x')]]);
});

test('kafkajs’ producer supports zstd', async () => {
  const codec = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD]();
  const compressed = await codec.compress({ buffer: Buffer.from('text') });

  expect(await codec.decompress(compressed)).toEqual(Buffer.from('text'));
});

test('fetchers end that kafkajs starts after a consumer has stopped', async () => {
  let fetches = 0;
  const consumerGroup = {
    getNodeIds: () => {
      fetches += 1;
      if (fetches > 100) {
        throw new Error('They do not end.'); // otherwise they block the event loop
      }
      return ['1', '2'];
    },
  };
  const { fetchManager } = new Runner({ logger, consumerGroup });

  await expect(fetchManager.start()).resolves.toBeUndefined();
});

describe('a request queue', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function aQueue() {
    const sent: number[] = [];
    const queue = new RequestQueue({ maxInFlightRequests: null, requestTimeout: 1_000, logger });
    const push = (correlationId: number): void =>
      queue.push({
        entry: { correlationId, resolve: () => undefined },
        expectResponse: true,
        sendRequest: () => sent.push(correlationId),
      });
    return { queue, sent, push };
  }

  test('without throttled requests has no timer after a response', () => {
    const { queue, sent, push } = aQueue();

    push(1);
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });

    expect(sent).toEqual([1]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('sends throttled requests when the throttle time has passed', () => {
    const { queue, sent, push } = aQueue();

    queue.maybeThrottle(500);
    push(1);
    jest.advanceTimersByTime(499);
    const early = [...sent];
    jest.advanceTimersByTime(20);

    expect(early).toEqual([]);
    expect(sent).toEqual([1]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
