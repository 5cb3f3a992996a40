import * as z from 'zod';

/** A consumer that has made no progress for a while although records wait. */
export interface StalledConsumer {
  readonly consumer: string;
  readonly group: string;
  readonly topic: string;
  /** Without it, and without an offset, the brokers do not answer the consumer. */
  readonly partition?: number | undefined;
  /** Of the first record that waits. */
  readonly offset?: number | undefined;
  readonly records_waiting?: number | undefined;
  readonly stalled_seconds: number;
  readonly reason: string;
}

/**
 * Where a program that runs consumers in this process publishes those that are stalled: a function without parameters.
 * On AWS nobody does: event source mappings run outside of the functions.
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

/** The stalled consumers of this process, none when nobody publishes any. */
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
