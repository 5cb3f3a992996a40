import type { KafkaRecord } from './command.ts';

/**
 * Returns the header's bytes. If a name repeats, the last value counts, as in Kafka's own `lastHeader`. An empty
 * or null value, which some producers write for "none", counts as absent.
 */
export function lastHeader({ headers }: KafkaRecord, name: string): Buffer | undefined {
  const value = headers.findLast(([headerName]) => headerName === name)?.[1];
  return value?.length ? value : undefined;
}
