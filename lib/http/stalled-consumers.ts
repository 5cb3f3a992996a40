import * as z from 'zod';

/** A consumer that has made no progress for a while although records wait. */
export interface StalledConsumer {
  readonly consumer: string;
  readonly group: string;
  readonly topic: string;
  /** Absent, as is the offset, when the brokers do not answer the consumer. */
  readonly partition?: number | undefined;
  /** The offset of the first record that waits. */
  readonly offset?: number | undefined;
  readonly records_waiting?: number | undefined;
  readonly stalled_seconds: number;
  readonly reason: string;
}

/**
 * The global symbol of a function without parameters that returns the stalled consumers of this process. A program that
 * runs consumers in this process sets it. On AWS it is not set: event source mappings run outside the functions.
 */
const KEY = Symbol.for('kafka-event-source.stalls');

const publishedStalls = z.array(
  z.object({
    topic: z.string(),
    function: z.string(),
    group: z.string(),
    partition: z.number().optional(),
    offset: z.number().optional(),
    recordsWaiting: z.number().optional(),
    stalledMs: z.number(),
    reason: z.string(),
  }),
);

/** Returns the stalled consumers of this process; none if no function is published. */
export function stalledConsumers(): StalledConsumer[] {
  const read: unknown = Reflect.get(globalThis, KEY);
  const published = publishedStalls.safeParse(typeof read === 'function' ? read() : []);
  return (published.data ?? []).map(({ function: name, group, topic, partition, offset, ...stall }) => ({
    consumer: name,
    group,
    topic,
    partition,
    offset,
    records_waiting: stall.recordsWaiting,
    stalled_seconds: Math.floor(stall.stalledMs / 1_000),
    reason: stall.reason,
  }));
}
