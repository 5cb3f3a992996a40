import type { BeganEntry, CommittedEntry, EndedEntry, JournalEntry } from './journal.ts';
import { PartitionHistory } from './partition-history.ts';

/** What was found of one kind: all counted, the first few told. */
export interface Finding {
  readonly count: number;
  readonly first: readonly string[];
}

export interface Verdicts {
  /** Records that no invocation has done its work for. */
  readonly lost: Finding;
  /** Records whose first delivery came after that of a later record of their partition. */
  readonly disorder: Finding;
  /** Commits of records that no invocation had done its work for until then. */
  readonly early_commits: Finding;
  /** Invocations that began while their process had another one with records of the same partition. */
  readonly overlap: Finding;
}

/** Of each partition of the topic, how many records it holds: their offsets count from 0. */
export type RecordCounts = readonly number[];

const TOLD = 5;

/** Judges a run by its journal. Each verdict of a sound run is 0. */
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

/** Processes may: one that has lost a partition may still have records of it when another one begins. */
function sharesPartition(entry: BeganEntry, other: BeganEntry): boolean {
  const ours = new Set(entry.records.map(([partition]) => partition));
  return entry.pid === other.pid && other.records.some(([partition]) => ours.has(partition));
}
