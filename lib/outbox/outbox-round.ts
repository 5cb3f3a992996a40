import type { WeighedOutbox } from './sql/select-due-outbox.ts';

/** Of letters, with their messages in memory and all of them under one deadline. */
const MAX_BYTES = 4_000_000;

/**
 * The first of these rows: those that may be published at once, and at least one. Of redrives of one key only the
 * first, since nothing may be sent behind letters that Kafka has not acknowledged.
 */
export function firstRound<Row extends WeighedOutbox>(rows: readonly Row[]): readonly Row[] {
  const keys = new Set<string>();
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    const { keyHash } = row;
    bytes += row.bytes;
    if (index > 0 && (bytes > MAX_BYTES || (keyHash !== null && keys.has(keyHash)))) {
      return true;
    }
    if (keyHash !== null) {
      keys.add(keyHash);
    }
    return false;
  });
  return end === -1 ? rows : rows.slice(0, end);
}
