import * as z from 'zod';
import type { StalledConsumer } from './service-schemas.ts';

/**
 * The global symbol of a function without parameters that returns the stalled consumers of this process. A program that
 * runs consumers in this process sets it. On AWS it is not set: event source mappings run outside the functions.
 */
const KEY = Symbol.for('kafka-event-source.stalls');

const stalls = z.array(
  z
    .object({
      topic: z.string(),
      function: z.string(),
      group: z.string(),
      partition: z.number().optional(),
      offset: z.number().optional(),
      recordsWaiting: z.number().optional(),
      stalledMs: z.number(),
      reason: z.string(),
    })
    .transform(
      ({ function: consumer, recordsWaiting, stalledMs, reason, group, topic, partition, offset }) => ({
        consumer,
        group,
        topic,
        partition,
        offset,
        records_waiting: recordsWaiting,
        stalled_seconds: Math.floor(stalledMs / 1_000),
        reason,
      }),
    ),
);

/** Returns the stalled consumers of this process; none if no function is published. */
export function stalledConsumers(): StalledConsumer[] {
  const read: unknown = Reflect.get(globalThis, KEY);
  return stalls.safeParse(typeof read === 'function' ? read() : []).data ?? [];
}
