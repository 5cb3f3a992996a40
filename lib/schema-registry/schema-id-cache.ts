import { report } from '../observability/observe.ts';
import { runOutsideTrace } from '../observability/traces/current-trace.ts';
import type { Clock } from '../time/clock.ts';
import type { SchemaId } from './latest-schema-id.ts';
import { schemaIdBytes } from './schema-id-header.ts';

/** An unavailable registry delays one message in this time. */
const BACK_OFF_MS = 30_000;

/** Returns the header's value for a subject, or undefined if it cannot be looked up now. A promise only while it is looked up. */
export type SchemaIdCache = (subject: string) => Buffer | undefined | Promise<Buffer | undefined>;

/**
 * Caches the ids of subjects. An id is looked up at the first call and kept while the process lives: the code of a process
 * does not change, so neither does its schema. Concurrent callers share one look-up. A failed look-up is reported, and
 * repeated after 30 s at the earliest.
 */
export function schemaIdCache(lookUp: (subject: string) => Promise<SchemaId>, clock: Clock): SchemaIdCache {
  const known = new Map<string, Buffer>();
  const pending = new Map<string, Promise<Buffer | undefined>>();
  const failedAt = new Map<string, number>();

  const start = async (subject: string): Promise<Buffer | undefined> => {
    try {
      const bytes = schemaIdBytes(await lookUp(subject));
      known.set(subject, bytes);
      return bytes;
    } catch (error) {
      failedAt.set(subject, clock());
      report('schema_id.unknown', { subject, error });
      return undefined;
    } finally {
      pending.delete(subject);
    }
  };
  /** A clock that was set back does not prolong the wait. */
  const isBackingOff = (subject: string): boolean =>
    Math.abs(clock() - (failedAt.get(subject) ?? Number.NEGATIVE_INFINITY)) < BACK_OFF_MS;

  return (subject) => {
    const current = known.get(subject) ?? pending.get(subject);
    if (current !== undefined || isBackingOff(subject)) {
      return current;
    }
    const started = runOutsideTrace(() => start(subject));
    pending.set(subject, started);
    return started;
  };
}
