import type { NullFields } from '../configuration/mapping-definition.ts';
import { type BatchLimits, planBatch, type WaitingRecord } from './batching.ts';
import { InFlightOffsets } from './in-flight-offsets.ts';
import { type KafkaRecord, recordJson } from './kafka-event.ts';
import { OffsetCommitter } from './offset-committer.ts';

export interface QueueParts {
  readonly topic: string;
  readonly partition: number;
  readonly nullFields: NullFields;
  /** Of a batch; reading stops while more than that waits. */
  readonly limits: BatchLimits;
  /** Whether the function is to see a record. Others are done with as soon as all before them is. */
  readonly passes: (record: KafkaRecord) => boolean;
  readonly commit: (nextOffset: number) => Promise<void>;
  /** Stops and continues the reading of this partition, to bound what waits in memory. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** No batch takes from it before this: an earlier owner of the partition may still be in its last batch. */
  readonly after: Promise<void>;
  /** Told when a batch may be possible that was not before. */
  readonly changed: () => void;
  /** Told about records that do not pass, before they are committed. */
  readonly filteredOut: (records: number) => void;
  readonly warn: (message: string) => void;
}

/**
 * One partition while it is ours: the records that wait, those in flight (of one batch at most), and what is committed:
 * never beyond a record that passes and that has not been settled.
 */
export class PartitionQueue {
  readonly partition: number;
  /** Resolves when nothing is in flight any more, here or with an earlier owner, after `revoke`. */
  readonly ended: Promise<void>;
  readonly #parts: QueueParts;
  readonly #committer: OffsetCommitter;
  readonly #waiting: WaitingRecord[] = [];
  readonly #inFlight = new InFlightOffsets();
  #end: () => void = () => undefined;
  #isReady = false;
  #isBusy = false;
  #isClosed = false;
  #isRevoked = false;
  #isPaused = false;
  #nextOffset: number | undefined;
  #settledOffset: number | undefined;
  /** On AWS the next window starts with the end of an invocation, not with a record that came meanwhile. */
  #invokedMs = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.partition = parts.partition;
    this.#committer = new OffsetCommitter({ commit: parts.commit, warn: parts.warn });
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    this.ended = parts.after.then(() => ended);
    void parts.after.then(() => {
      this.#isReady = true;
      parts.changed();
    });
  }

  /** The offset to read next; undefined until the first record, when the group's own position holds. */
  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  get waiting(): readonly WaitingRecord[] {
    return this.#waiting;
  }

  /** Whether a batch may take from it. */
  get isFree(): boolean {
    return this.#isReady && !this.#isBusy && this.#waiting.length > 0;
  }

  /** Whether a batch has records of it in flight. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  get isRevoked(): boolean {
    return this.#isRevoked;
  }

  /** When the window of the next batch began. */
  get windowFromMs(): number {
    return Math.max(this.#waiting[0]?.sinceMs ?? 0, this.#invokedMs);
  }

  /** Takes records over, in offset order. */
  accept(records: readonly KafkaRecord[]): void {
    const [first, last] = [records.at(0), records.at(-1)];
    if (!first || !last || this.#isClosed) {
      return;
    }
    this.#settledOffset ??= first.offset;
    this.#nextOffset = last.offset + 1;
    const passing = records.filter(this.#parts.passes);
    for (const record of passing) {
      this.#waiting.push(this.#waitingRecord(record));
    }
    if (passing.length < records.length) {
      this.#parts.filteredOut(records.length - passing.length);
      this.#commitSettled();
    }
    if (!this.#isPaused && this.#isFull()) {
      this.#isPaused = true;
      this.#parts.pause();
    }
    this.#parts.changed();
  }

  /** Everything before this offset was read. After the last record there may be markers, which are never delivered. */
  passed(nextOffset: number): void {
    if (!this.#isClosed && nextOffset > (this.#nextOffset ?? 0)) {
      this.#nextOffset = nextOffset;
      this.#commitSettled();
    }
  }

  /** Gives the first records to a batch. Until `finish` no other batch gets any. */
  take(length: number): readonly WaitingRecord[] {
    const records = this.#waiting.splice(0, length);
    this.#inFlight.begin(records.map(({ offset }) => offset));
    this.#isBusy = true;
    if (this.#isPaused && !this.#isFull()) {
      this.#isPaused = false;
      this.#parts.resume();
    }
    return records;
  }

  /** These records of the batch are done with: succeeded, or given up. */
  settle(records: readonly WaitingRecord[]): void {
    this.#inFlight.settle(records.map(({ offset }) => offset));
    this.#commitSettled();
  }

  /** Nothing is in flight any more. What is not settled comes again, to whoever owns the partition next. */
  finish(): void {
    this.#isBusy = false;
    this.#invokedMs = performance.now();
    if (this.#isRevoked) {
      this.#end();
    }
  }

  /** Takes over no further records. */
  close(): void {
    this.#isClosed = true;
  }

  /** The partition belongs to somebody else: what waits is dropped, what is in flight is not committed. */
  revoke(): void {
    this.close();
    this.#isRevoked = true;
    this.#committer.stop();
    this.#waiting.length = 0;
    if (!this.#isBusy) {
      this.#end();
    }
  }

  /** Resolves when all that is settled is committed. */
  committed(): Promise<void> {
    return this.#committer.idle();
  }

  #waitingRecord(record: KafkaRecord): WaitingRecord {
    const { topic, partition, nullFields } = this.#parts;
    const { offset, timestampMs } = record;
    const key = record.key && Buffer.from(record.key); // it is a part of all that was fetched with it
    const json = recordJson(topic, partition, record, nullFields);
    const sinceMs = performance.now();
    return { topic, partition, offset, timestampMs, key, json, bytes: Buffer.byteLength(json), sinceMs };
  }

  #isFull(): boolean {
    return planBatch([this.#waiting], this.#parts.limits).full;
  }

  /** Commits up to the first record that passes and is not settled, or up to where reading goes on. */
  #commitSettled(): void {
    const offset = this.#inFlight.unsettled ?? this.#waiting[0]?.offset ?? this.#nextOffset;
    if (offset !== undefined && offset !== this.#settledOffset && !this.#isRevoked) {
      this.#settledOffset = offset;
      this.#committer.settle(offset);
    }
  }
}
