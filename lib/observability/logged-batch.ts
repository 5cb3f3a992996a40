import type { KafkaRecord } from '../orders/command.ts';
import type { BatchSummary } from '../orders/process-batch.ts';
import { log } from './logger.ts';

/** Runs the processing of a batch and logs one line about it, and one per dead letter; a failure is passed on. */
export async function loggedBatch(
  name: string,
  records: readonly KafkaRecord[],
  work: () => Promise<BatchSummary>,
): Promise<void> {
  const startedAt = performance.now();
  const place = { records: records.length, offsets: offsetRanges(records) };
  try {
    const { created, deadLetters } = await work();
    const ms = Math.round(performance.now() - startedAt);
    log('info', `${name} committed`, { ...place, created, dead_letters: deadLetters.length, ms });
    for (const { code, message, record } of deadLetters) {
      const { topic, partition, offset } = record;
      log('warn', 'dead letter', { code, reason: message, topic, partition, offset });
    }
  } catch (error) {
    log('error', `${name} failed; the batch will be delivered again`, { ...place, error });
    throw error;
  }
}

/** `orders-0:15-114 orders-2:7-7`: where the records of a batch stood. */
export function offsetRanges(records: readonly KafkaRecord[]): string {
  const ranges = new Map<string, { first: number; last: number }>();
  for (const { topic, partition, offset } of records) {
    const place = `${topic}-${partition}`;
    const range = ranges.get(place) ?? { first: offset, last: offset };
    ranges.set(place, { first: Math.min(range.first, offset), last: Math.max(range.last, offset) });
  }
  return [...ranges].map(([place, { first, last }]) => `${place}:${first}-${last}`).join(' ');
}
