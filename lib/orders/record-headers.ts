import type { KafkaRecord } from './command.ts';

/**
 * Returns the header's bytes. If a name repeats, the last value counts, as in Kafka's own `lastHeader`. An empty value,
 * or null, which producers write for "none", counts as no header.
 */
export function lastHeader({ headers }: KafkaRecord, name: string): Buffer | undefined {
  const value = headers.findLast(([headerName]) => headerName === name)?.[1];
  return value?.length ? value : undefined;
}
