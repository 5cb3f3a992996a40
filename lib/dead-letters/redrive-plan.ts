import type { SkippedLetter } from './dead-letter.ts';
import type { LockedLetter } from './sql/lock-dead-letters.ts';
import type { RedriveRow } from './sql/redrive-dead-letters.ts';

/** The limits of one producer request and of one statement, for time and memory. */
const MAX_LETTERS = 200;
const MAX_BYTES = 2_000_000;

/**
 * Splits letters into parts of at most 200 letters and 2 MB, in their order. A larger letter is a part of its own.
 */
export function chunk<Letter extends { readonly bytes: number }>(letters: readonly Letter[]): Letter[][] {
  const parts: Letter[][] = [];
  let part: Letter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    if (part.length === 0 || part.length === MAX_LETTERS || bytes + letter.bytes > MAX_BYTES) {
      part = [];
      bytes = 0;
      parts.push(part);
    }
    part.push(letter);
    bytes += letter.bytes;
  }
  return parts;
}

export interface RedrivePlan {
  /** At least one row per key, the rows of a key in sequence, and one row per letter without a key. */
  readonly rows: readonly RedriveRow[];
  readonly skipped: readonly SkippedLetter[];
}

/**
 * Groups letters into rows of the outbox. The letters of a key keep the order of their records. A letter with
 * exhausted attempts becomes a retry of its order at the version in `retryable`, or is skipped if it has none.
 */
export function planRedrive(
  letters: readonly LockedLetter[],
  retryable: ReadonlyMap<string, number>,
): RedrivePlan {
  const isRetry = ({ code }: LockedLetter): boolean => code === 'attempts_exhausted';
  const isSkipped = (letter: LockedLetter): boolean => isRetry(letter) && !retryable.has(letter.id);
  const skipped = letters.filter(isSkipped);
  const redrivable = letters.filter((letter) => !isSkipped(letter));
  const byKey = Map.groupBy(redrivable, ({ id, topic, keyHash }) =>
    keyHash === null ? `id ${id}` : `key ${keyHash} of ${topic}`,
  );
  return {
    rows: [...byKey.values()].flatMap((keyLetters) =>
      chunk(inRecordOrder(keyLetters)).map((sent) => ({
        ids: sent.map(({ id }) => id),
        versions: sent.map((letter) => (isRetry(letter) ? (retryable.get(letter.id) ?? null) : null)),
      })),
    ),
    skipped: skipped.map(({ id }) => ({ id, reason: 'order_not_exhausted' })),
  };
}

/** Sorts by offset within one partition. Offsets of different partitions are not comparable: then sorts by id. */
function inRecordOrder(letters: readonly LockedLetter[]): readonly LockedLetter[] {
  const onePartition = new Set(letters.map(({ partition }) => partition)).size === 1;
  return letters.toSorted((a, b) =>
    onePartition && a.offset !== b.offset ? a.offset - b.offset : byId(a.id, b.id),
  );
}

const byId = (a: string, b: string): number => (BigInt(a) < BigInt(b) ? -1 : 1);
