import { Sleeper } from '../sleeper.ts';
import { backoffMs, deliveryBackoff } from './backoff.ts';
import {
  type BatchLimits,
  type BatchPlan,
  EVENT_LIMIT_BYTES,
  planBatch,
  type WaitingRecord,
} from './batching.ts';
import { type EventOrigin, eventJson, type KafkaRecord, recordJson } from './kafka-event.ts';
import { OffsetCommitter } from './offset-committer.ts';

export interface DeliveryParts {
  readonly origin: EventOrigin;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  /** Whether the function is to see a record. Others are done with as soon as all before them is. */
  readonly passes: (record: KafkaRecord) => boolean;
  /** Invokes the function once with an event in JSON. Rejects with the function's error, or on its timeout. */
  readonly invoke: (event: string) => Promise<void>;
  readonly commit: (nextOffset: number) => Promise<void>;
  /** Stops and continues the reading of this partition, to bound what waits in memory. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Nothing is invoked before this: an earlier owner of the partition may still be in its last batch. */
  readonly after: Promise<void>;
  readonly report: DeliveryReport;
}

/** Records of one partition that are delivered together. */
export interface Batch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly records: number;
  readonly event: string;
  /** Of the event. */
  readonly bytes: number;
}

/** Told about every attempt to deliver a batch. */
export interface DeliveryReport {
  /** `kept` says whether the partition is still ours, so that the success is committed. */
  succeeded(batch: Batch, durationMs: number, kept: boolean): void;
  /** Without `retryInMs` this attempt was the last one here. */
  failed(batch: Batch, durationMs: number, error: unknown, retryInMs: number | undefined): void;
  /** Told about records that do not pass, before they are committed. */
  filteredOut(records: number): void;
  warning(message: string): void;
}

/**
 * Delivers the records of one partition: one batch at a time, in offset order, each until it succeeds.
 * What is committed is never beyond a record that passes and whose batch has not succeeded.
 */
export class PartitionDelivery {
  /** Resolves when nothing is in flight any more, after `stop` or `revoke`. */
  readonly ended: Promise<void>;
  readonly #parts: DeliveryParts;
  readonly #limits: BatchLimits;
  readonly #committer: OffsetCommitter;
  readonly #waiting: WaitingRecord[] = [];
  readonly #arrival = new Sleeper();
  readonly #backoff = new Sleeper();
  #state: 'running' | 'stopped' | 'revoked' = 'running';
  #paused = false;
  #nextOffset: number | undefined;
  #inFlightOffset: number | undefined;
  #settledOffset: number | undefined;
  /** When the last invocation ended: on AWS the next window starts then, not with a record that came meanwhile. */
  #invokedMs = 0;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
    this.#limits = {
      records: parts.batchSize,
      bytes: EVENT_LIMIT_BYTES - Buffer.byteLength(eventJson(parts.origin, [])),
    };
    this.#committer = new OffsetCommitter({ commit: parts.commit, warn: parts.report.warning });
    this.ended = this.#run();
  }

  /** The offset to read next; undefined until the first record, when the group's own position holds. */
  get nextOffset(): number | undefined {
    return this.#nextOffset;
  }

  /** Takes records over, in offset order. */
  accept(records: readonly KafkaRecord[]): void {
    const [first, last] = [records.at(0), records.at(-1)];
    if (!first || !last || !this.#is('running')) {
      return;
    }
    this.#settledOffset ??= first.offset;
    this.#nextOffset = last.offset + 1;
    const { topic, partition } = this.#parts.origin;
    const sinceMs = performance.now();
    const passing = records.filter(this.#parts.passes);
    for (const record of passing) {
      const json = recordJson(topic, partition, record);
      this.#waiting.push({ offset: record.offset, json, bytes: Buffer.byteLength(json), sinceMs });
    }
    if (passing.length < records.length) {
      this.#parts.report.filteredOut(records.length - passing.length);
      this.#settle();
    }
    if (!this.#paused && this.#plan().full) {
      this.#paused = true;
      this.#parts.pause();
    }
    this.#arrival.wake();
  }

  /** Ends after the batch in flight, whose success still counts; `ended`, then its commit, is waited for. */
  async stop(): Promise<void> {
    this.#end('stopped');
    await this.ended;
    await this.#committer.idle();
  }

  /** The partition belongs to somebody else: what waits is dropped, what is in flight is not committed. */
  revoke(): void {
    this.#end('revoked');
    this.#committer.stop();
    this.#waiting.length = 0;
  }

  /** A method, because the state changes while others wait. */
  #is(state: 'running' | 'revoked'): boolean {
    return this.#state === state;
  }

  #end(state: 'stopped' | 'revoked'): void {
    this.#state = state;
    this.#arrival.wake();
    this.#backoff.wake();
  }

  async #run(): Promise<void> {
    await this.#parts.after;
    for (let batch = await this.#nextBatch(); batch; batch = await this.#nextBatch()) {
      if ((await this.#deliver(batch)) && !this.#is('revoked')) {
        this.#inFlightOffset = undefined;
        this.#settle();
      }
      this.#invokedMs = performance.now();
    }
  }

  /** Commits up to the first record that passes and has not been delivered, or up to where reading goes on. */
  #settle(): void {
    const offset = this.#inFlightOffset ?? this.#waiting[0]?.offset ?? this.#nextOffset;
    if (offset !== undefined && offset !== this.#settledOffset) {
      this.#settledOffset = offset;
      this.#committer.settle(offset);
    }
  }

  /** Waits for a batch that is full or whose window has passed; undefined at the end. */
  async #nextBatch(): Promise<Batch | undefined> {
    while (this.#is('running')) {
      const { length, full } = this.#plan();
      const [first] = this.#waiting;
      const dueInMs =
        first && Math.max(first.sinceMs, this.#invokedMs) + this.#parts.batchingWindowMs - performance.now();
      if (full || (dueInMs !== undefined && dueInMs <= 0)) {
        return this.#take(length);
      }
      await this.#arrival.sleep(dueInMs);
    }
    return undefined;
  }

  #plan(): BatchPlan {
    return planBatch(this.#waiting, this.#limits);
  }

  #take(length: number): Batch | undefined {
    const records = this.#waiting.splice(0, length);
    if (this.#paused && !this.#plan().full) {
      this.#paused = false;
      this.#parts.resume();
    }
    const [first, last] = [records.at(0), records.at(-1)];
    if (!first || !last) {
      return undefined;
    }
    this.#inFlightOffset = first.offset;
    const event = eventJson(
      this.#parts.origin,
      records.map(({ json }) => json),
    );
    const bytes = Buffer.byteLength(event);
    return { firstOffset: first.offset, lastOffset: last.offset, records: length, event, bytes };
  }

  /** Whether the function succeeded; if not, the end came first. */
  async #deliver(batch: Batch): Promise<boolean> {
    const { invoke, report } = this.#parts;
    if (batch.bytes > EVENT_LIMIT_BYTES) {
      report.warning(`offset ${batch.firstOffset}: one record, larger than the 6 MB that Lambda can deliver`);
    }
    for (let failures = 1; this.#is('running'); failures += 1) {
      const startedAtMs = performance.now();
      try {
        await invoke(batch.event);
        report.succeeded(batch, performance.now() - startedAtMs, !this.#is('revoked'));
        return true;
      } catch (error) {
        const retryInMs = this.#is('running') ? backoffMs(deliveryBackoff, failures) : undefined;
        report.failed(batch, performance.now() - startedAtMs, error, retryInMs);
        await this.#backoff.sleep(retryInMs ?? 0);
      }
    }
    return false;
  }
}
