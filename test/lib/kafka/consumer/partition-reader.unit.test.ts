import { describe, expect, test } from '@jest/globals';
import type { RawMessage } from '../../../../lib/kafka/consumer/consumed-message.ts';
import { PartitionReader } from '../../../../lib/kafka/consumer/partition-reader.ts';

function aMessage(offset: number, bytes = 1): RawMessage {
  const value = Buffer.alloc(bytes);
  return {
    topic: 't',
    partition: 0,
    offset: BigInt(offset),
    timestamp: 0,
    key: null,
    keyBytes: null,
    value,
    headers: [],
  };
}

/** A reader whose deliveries the test settles one by one. */
function aReader(predecessor?: PartitionReader) {
  const asked: { offset: bigint; revoked: AbortSignal; answer: (isDone: boolean) => void }[] = [];
  const done: bigint[] = [];
  const flow: string[] = [];
  const reader = new PartitionReader({
    predecessor,
    deliver: ({ offset }, revoked) =>
      new Promise((resolve) => {
        asked.push({ offset, revoked, answer: resolve });
      }),
    done: (nextOffset) => done.push(nextOffset),
    pause: () => flow.push('pause'),
    resume: () => flow.push('resume'),
  });
  reader.open();
  const answer = async (isDone: boolean): Promise<void> => {
    asked.at(-1)?.answer(isDone);
    await new Promise(setImmediate);
  };
  return { reader, asked, done, flow, answer };
}

describe('a partition reader', () => {
  test('delivers messages sequentially, and reports the next offset after each one', async () => {
    const { reader, asked, done, answer } = aReader();

    reader.add([aMessage(7), aMessage(9)]);
    const before = asked.length;
    await answer(true);
    await answer(true);

    expect(before).toBe(1);
    expect(asked.map(({ offset }) => offset)).toEqual([7n, 9n]);
    expect(done).toEqual([8n, 10n]);
  });

  test('keeps a message that was not handled, and delivers it first after `wake`', async () => {
    const { reader, asked, done, answer } = aReader();
    reader.add([aMessage(0), aMessage(1)]);

    await answer(false);
    await reader.idle();
    reader.wake();
    await answer(true);

    expect(asked.map(({ offset }) => offset)).toEqual([0n, 0n, 1n]);
    expect(done).toEqual([1n]);
  });

  test('tries again if `wake` is called during an unsuccessful delivery', async () => {
    const { reader, asked, answer } = aReader();
    reader.add([aMessage(0)]);

    reader.wake();
    await answer(false);

    expect(asked).toHaveLength(2);
  });

  test('after `revoke` accepts and delivers no message, but reports the one that is being handled', async () => {
    const { reader, asked, done, answer } = aReader();
    reader.add([aMessage(0), aMessage(1)]);

    reader.revoke();
    reader.add([aMessage(2)]);
    await answer(true);
    await reader.idle();

    expect(asked).toHaveLength(1);
    expect(asked[0]?.revoked.aborted).toBe(true);
    expect(done).toEqual([1n]);
  });

  test('is idle only when the previous readers of the partition are idle too', async () => {
    const first = aReader();
    first.reader.add([aMessage(0)]);
    first.reader.revoke();
    const second = aReader(first.reader);
    const third = aReader(second.reader);
    const order: string[] = [];

    const waiting = third.reader.predecessorIdle().then(() => order.push('idle'));
    await new Promise(setImmediate);
    order.push('handler ends');
    await first.answer(true);
    await waiting;

    expect(order).toEqual(['handler ends', 'idle']);
  });

  test('pauses fetching above 1 MiB of waiting messages, and resumes below half of it', async () => {
    const { reader, flow, answer } = aReader();

    reader.add([0, 1, 2, 3].map((offset) => aMessage(offset, 300_000)));
    const whenFull = [...flow];
    for (let message = 0; message < 4; message += 1) {
      await answer(true);
    }

    expect(whenFull).toEqual(['pause']);
    expect(flow).toEqual(['pause', 'resume']);
  });

  test('ignores messages before `open`, because they were fetched from another position', async () => {
    const delivered: bigint[] = [];
    const reader = new PartitionReader({
      predecessor: undefined,
      deliver: async ({ offset }) => delivered.push(offset) > 0,
      done: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    });

    reader.add([aMessage(100)]);
    reader.open();
    reader.add([aMessage(50)]);
    await reader.idle();

    expect(delivered).toEqual([50n]);
  });
});
