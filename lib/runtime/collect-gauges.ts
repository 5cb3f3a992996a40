import type { Gauges } from '../observability/flow-events.ts';
import { type OnUnread, readGauges } from '../observability/metrics/read-gauges.ts';
import { database } from './connections.ts';
import { databaseReaders, groupReaders, type MeasuredGroups } from './gauge-readers.ts';

/** Each reader of a server that does not respond takes this time and 2 s to connect: together at most 30 s. */
const DATABASE_TIMEOUT_MS = 2_000;

/**
 * Reads the gauges from PostgreSQL and Kafka. A gauge that cannot be read is absent, and `onUnread` receives the error.
 * Never rejects.
 */
export async function collectGauges(measured: MeasuredGroups, onUnread: OnUnread): Promise<Gauges> {
  const [databaseValues, ...groupValues] = await Promise.all([
    readGauges(databaseReaders(database().within(DATABASE_TIMEOUT_MS)), onUnread),
    ...Object.entries(groupReaders(measured)).map(
      async ([group, reader]) => [group, await readGauges([reader], onUnread)] as const,
    ),
  ]);
  return { database: databaseValues, groups: Object.fromEntries(groupValues) };
}
