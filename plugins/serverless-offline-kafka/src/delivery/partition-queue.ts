import type { NullFields } from '../configuration/mapping-definition.ts';
import { type BatchLimits, planBatch, type WaitingRecord } from './batching.ts';
import { InFlightOffsets } from './in-flight-offsets.ts';
import { encodeRecord, type KafkaRecord } from './kafka-event.ts';
import { OffsetCommitter } from './offset-committer.ts';

export interface QueueParts {
  readonly topic: string;
  readonly partition: number;
  readonly nullFields: NullFields;
  /** The limits of a batch. Reading pauses while a whole batch waits. */
  readonly limits: BatchLimits;
  /** Returns whether a record passes the filters. Other records are settled without an invocation. */
  readonly passes: (record: KafkaRecord) => boolean;
  readonly commit: (nextOffset: number) => Promise<void>;
  /** Pauses the reading of this partition, to limit the memory of waiting records. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** No batch begins before this promise resolves: the last batch of an earlier assignment can still be in flight. */
  readonly after: Promise<void>;
  /** Called when a batch can have become possible. */
  readonly changed: () => void;
  /** Called with the number of records that do not pass, before they are committed. */
  readonly filteredOut: (records: number) => void;
  readonly warn: (message: string) => void;
}

/**
 * The records of one assigned partition: waiting, and in flight in at most one batch. The committed position never passes an
 * unsettled record.
 */
export class PartitionQueue {
  readonly partition: number;
  /** Resolves after `revoke`, when no batch of this or an earlier assignment is in flight. */
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
  /** On AWS the next window starts at the end of an invocation, not at a record that arrived during the invocation. */
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

  /** The offset to read next. Undefined before the first record: then the committed position of the group applies. */
  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  get waiting(): readonly WaitingRecord[] {
    return this.#waiting;
  }

  /** True if a batch may take records from this queue. */
  get isFree(): boolean {
    return this.#isReady && !this.#isBusy && this.#waiting.length > 0;
  }

  /** True if records of this queue are in flight. */
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

  /** Adds records, in offset order. */
  accept(records: readonly KafkaRecord[]): void {
    const [first, last] = [records.at(0), records.at(-1)];
    if (!first || !last || this.#isClosed) {
      return;
    }
    this.#settledOffset ??= first.offset;
    this.#nextOffset = last.offset + 1;
    const passing = records.filter(this.#parts.passes);
    const { topic, partition, nullFields } = this.#parts;
    const sinceMs = performance.now();
    for (const record of passing) {
      this.#waiting.push({ ...encodeRecord(topic, partition, record, nullFields), sinceMs });
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

  /** Reports that reading has passed this offset. After the last record there can be transaction markers. */
  passed(nextOffset: number): void {
    if (!this.#isClosed && nextOffset > (this.#nextOffset ?? 0)) {
      this.#nextOffset = nextOffset;
      this.#commitSettled();
    }
  }

  /** Moves the first records to a batch. No other batch gets records until `finish`. */
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

  /** Marks records of the batch as settled: delivered or discarded. */
  settle(records: readonly WaitingRecord[]): void {
    this.#inFlight.settle(records.map(({ offset }) => offset));
    this.#commitSettled();
  }

  /** Ends the batch. The next owner of the partition gets its unsettled records again. */
  finish(): void {
    this.#isBusy = false;
    this.#invokedMs = performance.now();
    if (this.#isRevoked) {
      this.#end();
    }
  }

  /** Ignores further records. */
  close(): void {
    this.#isClosed = true;
  }

  /** Drops the waiting records and prevents commits, because another member owns the partition. */
  revoke(): void {
    this.close();
    this.#isRevoked = true;
    this.#committer.stop();
    this.#waiting.length = 0;
    if (!this.#isBusy) {
      this.#end();
    }
  }

  /** Resolves when all settled offsets are committed. */
  committed(): Promise<void> {
    return this.#committer.idle();
  }

  #isFull(): boolean {
    return planBatch([this.#waiting], this.#parts.limits).full;
  }

  /** Commits up to the first unsettled record, else up to the read position. */
  #commitSettled(): void {
    const offset = this.#inFlight.unsettled ?? this.#waiting[0]?.offset ?? this.#nextOffset;
    if (offset !== undefined && offset !== this.#settledOffset && !this.#isRevoked) {
      this.#settledOffset = offset;
      this.#committer.settle(offset);
    }
  }
}
