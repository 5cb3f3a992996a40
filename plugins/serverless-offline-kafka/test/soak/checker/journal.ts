/** Partition and offset. */
export type Place = readonly [partition: number, offset: number];

/** The function got these records. */
export interface BeganEntry {
  readonly type: 'began';
  readonly pid: number;
  readonly invocation: string;
  readonly records: readonly Place[];
}

/** The function is about to answer: it has done its work for these records. */
export interface EndedEntry {
  readonly type: 'ended';
  readonly pid: number;
  readonly invocation: string;
  readonly outcome: Outcome;
  readonly succeeded: readonly Place[];
}

/** How the group's offsets were just before. */
export interface CommittedEntry {
  readonly type: 'committed';
  /** Of each partition, the offset of the next record to read; 0 when there is none. */
  readonly offsets: readonly number[];
}

export type Outcome = 'succeeded' | 'threw' | 'reported' | 'reported strings';

/** A line of the journal. The order of the lines is the order in which all of it happened. */
export type JournalEntry = BeganEntry | EndedEntry | CommittedEntry;

/** The entries in a part of the journal; a line that a killed process has not finished is left out. */
export function readEntries(text: string): JournalEntry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
