/** Partition and offset. */
export type RecordPosition = readonly [partition: number, offset: number];

/** The function got these records. */
export interface BeganEntry {
  readonly type: 'began';
  readonly pid: number;
  readonly invocation: string;
  readonly records: readonly RecordPosition[];
}

/** The function has processed these records and is about to return. */
export interface EndedEntry {
  readonly type: 'ended';
  readonly pid: number;
  readonly invocation: string;
  readonly outcome: Outcome;
  readonly succeeded: readonly RecordPosition[];
}

/** A sample of the group's offsets. */
export interface CommittedEntry {
  readonly type: 'committed';
  /** The offset of the next record to read, by partition; 0 without a committed offset. */
  readonly offsets: readonly number[];
}

export type Outcome = 'succeeded' | 'threw' | 'reported' | 'reported strings';

/** A line of the journal. The lines are in chronological order. */
export type JournalEntry = BeganEntry | EndedEntry | CommittedEntry;

/** Parses a part of the journal. Ignores an incomplete line of a killed process. */
export function readEntries(text: string): JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
