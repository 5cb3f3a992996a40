import { describe, expect, test } from '@jest/globals';
import { check, isClean, type Verdicts } from './check.ts';
import { type JournalEntry, type RecordPosition, readEntries } from './journal.ts';

const COUNTS = [4, 2];

const began = (invocation: string, records: readonly RecordPosition[], pid = 1): JournalEntry => ({
  type: 'began',
  pid,
  invocation,
  records,
});
const ended = (invocation: string, succeeded: readonly RecordPosition[], pid = 1): JournalEntry => ({
  type: 'ended',
  pid,
  invocation,
  outcome: 'succeeded',
  succeeded,
});
const committed = (...offsets: number[]): JournalEntry => ({ type: 'committed', offsets });

/** A correct run: two partitions in parallel, a failure, and a repetition in another process after a kill. */
const sound: readonly JournalEntry[] = [
  committed(0, 0),
  began('a', [
    [0, 0],
    [0, 1],
  ]),
  began('b', [
    [1, 0],
    [1, 1],
  ]),
  ended('a', [
    [0, 0],
    [0, 1],
  ]),
  committed(2, 0),
  began('c', [
    [0, 2],
    [0, 3],
  ]),
  ended('c', [[0, 3]]), // 2 is reported as failed
  ended('b', []), // it threw
  committed(2, 0),
  began('d', [
    [1, 0],
    [1, 1],
  ]), // and is killed
  began('e', [[0, 2]], 2),
  began(
    'f',
    [
      [1, 0],
      [1, 1],
    ],
    2,
  ),
  ended('e', [[0, 2]], 2),
  committed(4, 0),
  ended(
    'f',
    [
      [1, 0],
      [1, 1],
    ],
    2,
  ),
  committed(4, 2),
];

const counts = (entries: readonly JournalEntry[]): Record<keyof Verdicts, number> => {
  const { lost, disorder, early_commits, overlap } = check(entries, COUNTS);
  return {
    lost: lost.count,
    disorder: disorder.count,
    early_commits: early_commits.count,
    overlap: overlap.count,
  };
};
const CLEAN = { lost: 0, disorder: 0, early_commits: 0, overlap: 0 };

describe('the checker of the soak test', () => {
  test('finds nothing in a correct run with failures, a kill and repetitions', () => {
    expect(counts(sound)).toEqual(CLEAN);
    expect(isClean(check(sound, COUNTS))).toBe(true);
  });

  test('finds a record that was never delivered, and one that always failed', () => {
    const withoutRepeat = sound.filter((entry) => !('invocation' in entry && entry.invocation === 'e'));
    const withoutPartition = sound.filter(
      (entry) => !('invocation' in entry && ['b', 'd', 'f'].includes(entry.invocation)),
    );

    expect(check(withoutRepeat, COUNTS).lost).toEqual({ count: 1, first: ['0/2 never succeeded'] });
    expect(counts(withoutPartition).lost).toBe(2);
    expect(isClean(check(withoutRepeat, COUNTS))).toBe(false);
  });

  test('finds a commit before success, even if the record succeeds later', () => {
    const early = sound.flatMap((entry, index) => (index === 3 ? [committed(2, 0), entry] : [entry]));

    expect(counts(early)).toEqual({ ...CLEAN, early_commits: 1 });
    expect(check(early, COUNTS).early_commits.first).toEqual(['2 was committed when 0/0 had not succeeded']);
  });

  test('finds a commit beyond a record that was reported as failed', () => {
    const beyond = sound.map((entry, index) => (index === 8 ? committed(4, 0) : entry));

    expect(counts(beyond)).toEqual({ ...CLEAN, early_commits: 1 });
  });

  test('finds a first delivery after that of a later record, but accepts repetitions', () => {
    const swapped = sound.map((entry, index) =>
      index === 1
        ? began('a', [
            [0, 1],
            [0, 0],
          ])
        : entry,
    );
    const skipped = [
      began('z', [[0, 2]]),
      ended('z', [[0, 2]]),
      ...sound,
      began('z', [[0, 0]]),
      ended('z', [[0, 0]]),
    ];

    expect(counts(swapped)).toEqual({ ...CLEAN, disorder: 1 });
    expect(check(skipped, COUNTS).disorder.first).toEqual([
      '0/0 came first after 2',
      '0/1 came first after 2',
    ]);
  });

  test('finds two concurrent invocations of one process with records of one partition', () => {
    const twice = sound.flatMap((entry, index) => (index === 3 ? [began('z', [[0, 0]]), entry] : [entry]));
    const elsewhere = sound.flatMap((entry, index) =>
      index === 3 ? [began('z', [[0, 0]], 3), entry] : [entry],
    );

    expect(counts(twice).overlap).toBeGreaterThan(0);
    expect(counts(elsewhere)).toEqual(CLEAN);
  });
});

test('an incomplete line after a kill is ignored', () => {
  const lines = sound.map((entry) => JSON.stringify(entry));

  expect(readEntries(`${lines.join('\n')}\n{"type":"ended","pi`)).toEqual(sound);
});
