import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { numbers, produce } from './consumer-topics.ts';

/** Partitions of the topic of a group. */
export const PARTITIONS = 4;

/** A message that a member has handled. */
export interface Seen {
  readonly member: string;
  readonly partition: number;
  readonly value: number;
}

/** Returns a handler that takes some milliseconds and records each message. */
export const handler =
  (member: string, seen: Seen[], ms = 2) =>
  async ({ partition, value }: { partition: number; value: number | null }): Promise<void> => {
    await delay(ms);
    seen.push({ member, partition, value: Number(value) });
  };

/** Counts the different handled messages. */
export const distinct = (seen: Seen[]): number => new Set(seen.map(({ value }) => value)).size;

/** Expects the order that a group guarantees: the values of a partition are first handled in order. */
export function expectInOrder(seen: Seen[]): void {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const values = [...new Set(seen.filter((one) => one.partition === partition).map(({ value }) => value))];
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  }
}

export interface Load {
  /** Resolves to the number of produced messages. */
  stop(): Promise<number>;
}

/** Produces some hundred messages a second, distributed evenly over the partitions. */
export function produceUntilStopped(topic: string): Load {
  const step = 40;
  const stopping = new AbortController();
  const producing = (async () => {
    let total = 0;
    for (; !stopping.signal.aborted; total += step) {
      await produce(topic, numbers(step, { partitions: PARTITIONS, from: total }));
      await delay(50);
    }
    return total;
  })();
  return {
    stop: () => {
      stopping.abort();
      return producing;
    },
  };
}
