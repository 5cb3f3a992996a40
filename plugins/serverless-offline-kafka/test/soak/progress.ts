import { closeSync, openSync, readSync } from 'node:fs';
import type { RecordCounts } from './checker/check.ts';
import { readEntries } from './checker/journal.ts';
import { PartitionHistory } from './checker/partition-history.ts';

const PART_BYTES = 1024 * 1024;

/** The progress of a run, read from its growing journal. */
export class Progress {
  readonly #path: string;
  readonly #partitions: readonly PartitionHistory[];
  readonly #inFlight = new Set<string>();
  #position = 0;
  #rest = '';

  constructor(path: string, recordCounts: RecordCounts) {
    this.#path = path;
    this.#partitions = recordCounts.map((count, id) => new PartitionHistory(id, count));
  }

  /** Returns the number of successful records. */
  succeeded(): number {
    this.#readOn();
    return this.#partitions.reduce((sum, partition) => sum + partition.succeeded, 0);
  }

  /** Returns the number of running invocations of a process. */
  inFlight(pid: number): number {
    this.#readOn();
    return [...this.#inFlight].filter((invocation) => invocation.startsWith(`${pid}/`)).length;
  }

  #readOn(): void {
    const file = openSync(this.#path, 'r');
    const part = Buffer.alloc(PART_BYTES);
    for (;;) {
      const bytes = readSync(file, part, 0, PART_BYTES, this.#position);
      if (bytes === 0) {
        break;
      }
      this.#position += bytes;
      const text = this.#rest + part.toString('latin1', 0, bytes); // the journal is ASCII
      const end = text.lastIndexOf('\n') + 1;
      this.#rest = text.slice(end);
      this.#take(text.slice(0, end));
    }
    closeSync(file);
  }

  #take(text: string): void {
    for (const entry of readEntries(text)) {
      if (entry.type === 'began') {
        this.#inFlight.add(entry.invocation);
      } else if (entry.type === 'ended') {
        this.#inFlight.delete(entry.invocation);
        for (const [partition, offset] of entry.succeeded) {
          this.#partitions[partition]?.succeed(offset);
        }
      }
    }
  }
}
