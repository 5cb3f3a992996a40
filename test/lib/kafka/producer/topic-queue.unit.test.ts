import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Produced } from '../../../../lib/kafka/broker-connection.ts';
import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { murmur2 } from '../../../../lib/kafka/producer/murmur2.ts';
import { type Brokers, TopicQueue } from '../../../../lib/kafka/producer/topic-queue.ts';
import { OutgoingRecord } from '../../../../lib/kafka/protocol/record-batch.ts';
import { until } from '../../../support/until.ts';

/** A request to a leader. It is in flight until the test responds. */
interface Request {
  readonly leader: string;
  /** Values by partition. */
  readonly values: Readonly<Record<number, readonly unknown[]>>;
  /** How long the leader may wait for its replicas. */
  readonly waitMs: number;
  answer(error?: unknown): void;
}

/** Brokers whose responses the test sends one by one, because a real cluster cannot be stopped at these moments. */
class HeldBrokers implements Brokers {
  leadersNow: string[];
  lookUps = 0;
  readonly requests: Request[] = [];

  constructor(leaders: string[]) {
    this.leadersNow = leaders;
  }

  leaders = async (): Promise<string[]> => {
    this.lookUps += 1;
    return this.leadersNow;
  };

  connection(leader: string): ReturnType<Brokers['connection']> {
    return {
      produce: (_topic, partitions, waitMs, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          this.requests.push({
            leader,
            values: Object.fromEntries(
              partitions.map(({ partition, records }) => [partition, records.map(({ value }) => value)]),
            ),
            waitMs,
            answer: (error) =>
              resolve(
                partitions.map(
                  ({ partition }): Produced => (error ? { partition, error } : { partition, baseOffset: 0n }),
                ),
              ),
          });
        }),
    };
  }

  /** Returns the oldest request to the leader that the test has not received yet. */
  async next(leader: string): Promise<Request> {
    const isNext = (request: Request): boolean => request.leader === leader;
    await until(`a request to ${leader}`, () => this.requests.some(isNext));
    const [request] = this.requests.splice(this.requests.findIndex(isNext), 1);
    return request as Request;
  }
}

const aRecord = (key: string | null, value: string): OutgoingRecord =>
  new OutgoingRecord({ key: key === null ? null : Buffer.from(key), value, headers: [] });

const queueTo = (brokers: Brokers): TopicQueue =>
  new TopicQueue('orders', brokers, { deadlineMs: 3_000, requestTimeoutMs: 1_500, maxMessages: 1_000 });

/** Returns a key that has the given partition for each number of partitions. */
const keyFor = (partitions: Readonly<Record<number, number>>): string => {
  const isMatch = (key: string): boolean =>
    Object.entries(partitions).every(
      ([count, partition]) => murmur2(Buffer.from(key)) % Number(count) === partition,
    );
  return Array.from({ length: 1_000 }, (_, index) => `key-${index}`).find(isMatch) ?? '';
};

let brokers: HeldBrokers;

afterEach(() => {
  for (const request of brokers.requests) {
    request.answer();
  }
});

test.each([
  ['the same partition', { 2: 0, 3: 0 }],
  ['another partition', { 2: 0, 3: 2 }],
])(
  'a key with a message in flight waits after the number of partitions changed, at %s',
  async (_, partitions) => {
    brokers = new HeldBrokers(['a:1', 'b:1']);
    const queue = queueTo(brokers);
    const key = keyFor(partitions);
    const sending = [queue.add(aRecord(key, 'first')), queue.add(aRecord(keyFor({ 2: 1 }), 'other'))];
    const [first, other] = [await brokers.next('a:1'), await brokers.next('b:1')];

    brokers.leadersNow = ['b:1', 'b:1', 'b:1'];
    other.answer(new Error('The connection was lost.'));
    sending.push(queue.add(aRecord(key, 'second')));
    await until('the new leaders are known', () => brokers.lookUps === 2);
    await new Promise(setImmediate); // all permitted requests are sent
    const early = brokers.requests.flatMap(({ values }) => Object.values(values).flat());
    first.answer(new Error('The connection was lost.'));
    const both = await brokers.next('b:1');

    expect(early).not.toContain('second');
    expect(both.values).toMatchObject({ [partitions[3]]: ['first', 'second'] });
    both.answer();
    await Promise.all(sending);
  },
);

test.each([
  ['an unexpected error of the broker', 'UNKNOWN'],
  ['a code that kafkajs does not know', 'KAFKAJS_UNKNOWN_ERROR_CODE'],
])('after %s, which does not say whether the records are stored, they are sent again', async (_, type) => {
  brokers = new HeldBrokers(['a:1']);
  const unclear = new kafkajs.KafkaJSProtocolError(Object.assign(new Error(), { type, retriable: false }));
  const sending = queueTo(brokers).add(aRecord('k', 'x'));

  (await brokers.next('a:1')).answer(unclear);
  const again = await brokers.next('a:1');
  again.answer();

  expect(again.values).toEqual({ 0: ['x'] });
  await expect(sending).resolves.toMatchObject({ partition: 0 });
});

test('when a record without a key is rejected, the others are sent again without waiting for another message', async () => {
  brokers = new HeldBrokers(['a:1', 'b:1']);
  const queue = queueTo(brokers);
  const tooLarge = new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error(), { type: 'MESSAGE_TOO_LARGE', retriable: false }),
  );
  const sending = [1, 2, 3, 4, 5, 6, 7, 8].map((value) => queue.add(aRecord(null, `${value}`)));
  const outcomes = Promise.allSettled(sending);
  const [ofA, ofB] = [await brokers.next('a:1'), await brokers.next('b:1')];
  const [bad] = Object.values(ofA.values).flat();

  ofB.answer();
  await new Promise(setImmediate); // no request to that leader is in flight
  ofA.answer(tooLarge);
  const seen: string[] = [];
  let isOver = false;
  const answering = (async () => {
    while (!isOver) {
      for (const request of brokers.requests.splice(0)) {
        seen.push(request.leader);
        request.answer(Object.values(request.values).flat().includes(bad) ? tooLarge : undefined);
      }
      await new Promise(setImmediate);
    }
  })();
  const codes = (await outcomes).map((outcome) => outcome.status === 'rejected' && outcome.reason.code);
  isOver = true;
  await answering;

  expect(codes.filter((code) => code !== false)).toEqual(['message_refused']);
  // Another partition would have to bisect the batch again.
  expect(new Set(seen)).toEqual(new Set(['a:1']));
});

describe('deadlines, with a clock that the test moves', () => {
  const allRequestsSent = (): Promise<void> =>
    new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  /** Sends a message to each of the partitions, and records its outcome in the list. */
  const sendAll = (queue: TopicQueue, partitions: readonly number[], outcomes: string[]): void => {
    for (const partition of partitions) {
      const at = outcomes.push('unsettled') - 1;
      queue.add(aRecord(keyFor({ 2: partition }), 'value')).then(
        () => {
          outcomes[at] = 'stored';
        },
        ({ code }: { code: string }) => {
          outcomes[at] = code;
        },
      );
    }
  };
  const advance = async (ms: number): Promise<void> => {
    jest.advanceTimersByTime(ms);
    await allRequestsSent();
  };

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
    brokers = new HeldBrokers(['a:1', 'b:1']);
  });
  afterEach(() => void jest.useRealTimers());

  test('each message expires at its own deadline, and only if it is not acknowledged', async () => {
    const queue = queueTo(brokers);
    const outcomes: string[] = [];
    sendAll(queue, [0, 1], outcomes);
    await advance(1);
    sendAll(queue, [1], outcomes);
    brokers.requests.splice(0, 1)[0]?.answer();

    await advance(2_998);
    expect(outcomes).toEqual(['stored', 'unsettled', 'unsettled']);
    await advance(1);
    expect(outcomes).toEqual(['stored', 'kafka_unavailable', 'unsettled']);
    await advance(1);
    expect(outcomes).toEqual(['stored', 'kafka_unavailable', 'kafka_unavailable']);
  });

  test('a message in the same millisecond as acknowledged ones expires too, and leaves no timer', async () => {
    const queue = queueTo(brokers);
    const outcomes: string[] = [];
    sendAll(queue, [0], outcomes);
    await allRequestsSent();
    brokers.requests.splice(0)[0]?.answer();
    await allRequestsSent();
    const timersBefore = jest.getTimerCount();
    sendAll(queue, [0], outcomes);

    await advance(3_000);

    expect(timersBefore).toBe(0);
    expect(outcomes).toEqual(['stored', 'kafka_unavailable']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('after the last message has expired, the queue is drained without another back-off', async () => {
    const queue = queueTo(brokers);
    sendAll(queue, [0], []);
    await allRequestsSent();
    let isDrained = false;

    jest.advanceTimersByTime(3_000);
    queue.drained().then(() => {
      isDrained = true;
    });
    await allRequestsSent();

    expect(isDrained).toBe(true);
  });

  test.each([
    [3_000, 1_125], // three quarters of the request timeout
    [1_375, 1_125],
    [1_200, 950], // 250 ms are left for the answer
    [1_000, 750],
    [600, 450], // a quarter of the time is left for the answer
    [200, 150],
    [40, 30],
    [1, 1],
  ])(
    'an attempt %i ms before the deadline lets the leader wait %i ms for its replicas',
    async (leftMs, waitMs) => {
      const queue = queueTo(brokers);
      sendAll(queue, [0], []);
      await allRequestsSent();
      const [first] = brokers.requests.splice(0);
      sendAll(queue, [0], []); // waits for the first request

      await advance(3_000 - leftMs);
      first?.answer();
      await allRequestsSent();

      expect(brokers.requests.map((request) => request.waitMs)).toEqual([waitMs]);
    },
  );
});
