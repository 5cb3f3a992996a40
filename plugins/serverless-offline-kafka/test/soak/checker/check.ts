import type { BeganEntry, CommittedEntry, EndedEntry, JournalEntry } from './journal.ts';
import { PartitionHistory } from './partition-history.ts';

/** The findings of one kind: their number and the first few. */
export interface Finding {
  readonly count: number;
  readonly first: readonly string[];
}

export interface Verdicts {
  /** Records without a successful invocation. */
  readonly lost: Finding;
  /** Records whose first delivery came after that of a later record of the partition. */
  readonly disorder: Finding;
  /** Commits of records without a successful invocation before the commit. */
  readonly early_commits: Finding;
  /** Invocations that began while the process had another invocation with records of the same partition. */
  readonly overlap: Finding;
}

/** The number of records of each partition. Offsets start at 0. */
export type RecordCounts = readonly number[];

const TOLD = 5;

/** Checks the journal of a run. Each verdict of a correct run is 0. */
export function check(entries: readonly JournalEntry[], recordCounts: RecordCounts): Verdicts {
  const partitions = recordCounts.map((count, id) => new PartitionHistory(id, count));
  const inFlight = new Map<string, BeganEntry>();
  const overlaps: string[] = [];

  const began = (entry: BeganEntry): void => {
    const others = [...inFlight.values()].filter((other) => sharesPartition(entry, other));
    overlaps.push(...others.map(({ invocation }) => `${entry.invocation} began during ${invocation}`));
    inFlight.set(entry.invocation, entry);
    for (const [partition, offset] of entry.records) {
      partitions[partition]?.deliver(offset);
    }
  };
  const ended = ({ invocation, succeeded }: EndedEntry): void => {
    inFlight.delete(invocation);
    for (const [partition, offset] of succeeded) {
      partitions[partition]?.succeed(offset);
    }
  };
  const committed = ({ offsets }: CommittedEntry): void => {
    for (const [id, partition] of partitions.entries()) {
      partition.commit(offsets[id] ?? 0);
    }
  };
  for (const entry of entries) {
    switch (entry.type) {
      case 'began':
        began(entry);
        break;
      case 'ended':
        ended(entry);
        break;
      case 'committed':
        committed(entry);
    }
  }

  return {
    lost: finding(partitions.flatMap((partition) => partition.lost())),
    disorder: finding(partitions.flatMap(({ disorder }) => disorder)),
    early_commits: finding(partitions.flatMap(({ earlyCommits }) => earlyCommits)),
    overlap: finding(overlaps),
  };
}

export const isClean = (verdicts: Verdicts): boolean =>
  Object.values(verdicts).every(({ count }) => count === 0);

const finding = (found: readonly string[]): Finding => ({ count: found.length, first: found.slice(0, TOLD) });

/** Only within one process: a process that has lost a partition can still have its records in flight. */
function sharesPartition(entry: BeganEntry, other: BeganEntry): boolean {
  const ours = new Set(entry.records.map(([partition]) => partition));
  return entry.pid === other.pid && other.records.some(([partition]) => ours.has(partition));
}
