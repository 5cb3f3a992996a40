import { afterEach, expect, test } from '@jest/globals';
import type { Produced } from '../../../../lib/kafka/broker-connection.ts';
import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { murmur2 } from '../../../../lib/kafka/producer/murmur2.ts';
import { type Brokers, TopicQueue } from '../../../../lib/kafka/producer/topic-queue.ts';
import { until } from '../../../support/until.ts';

/** A request to a leader. It is in flight until the test responds. */
interface Request {
  readonly leader: string;
  /** Values by partition. */
  readonly values: Readonly<Record<number, readonly unknown[]>>;
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
      produce: (_topic, partitions) =>
        new Promise((resolve) => {
          this.requests.push({
            leader,
            values: Object.fromEntries(
              partitions.map(({ partition, messages }) => [partition, messages.map(({ value }) => value)]),
            ),
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
    const sending = [
      queue.add({ key, value: 'first' }),
      queue.add({ key: keyFor({ 2: 1 }), value: 'other' }),
    ];
    const [first, other] = [await brokers.next('a:1'), await brokers.next('b:1')];

    brokers.leadersNow = ['b:1', 'b:1', 'b:1'];
    other.answer(new Error('The connection was lost.'));
    sending.push(queue.add({ key, value: 'second' }));
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

test('when a record without a key is rejected, the others are sent again without waiting for another message', async () => {
  brokers = new HeldBrokers(['a:1', 'b:1']);
  const queue = queueTo(brokers);
  const tooLarge = new kafkajs.KafkaJSProtocolError(
    Object.assign(new Error(), { type: 'MESSAGE_TOO_LARGE', retriable: false }),
  );
  const sending = [1, 2, 3, 4, 5, 6, 7, 8].map((value) => queue.add({ key: null, value: `${value}` }));
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
