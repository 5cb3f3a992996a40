import { jest } from '@jest/globals';
import type { MappingDefinition } from '../../src/configuration/mapping-definition.ts';
import type { KafkaEvent, KafkaRecord } from '../../src/delivery/kafka-event.ts';
import type { DiscardedBatch, FailureDestination } from '../../src/destination/failure-destination.ts';
import { EventSourceError } from '../../src/errors.ts';
import { passesFilters } from '../../src/filter/record-filter.ts';
import { PartitionQueues } from '../../src/mapping/partition-queues.ts';
import { aLog } from './log.ts';

/** A running invocation or a send to the destination. */
interface InHand {
  readonly places: ReadonlyMap<number, readonly number[]>;
  readonly resolve: (answer?: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Placed = readonly [partition: number, offset: number];

/** Fewer rejections than the limit after which the records are lost. */
const MAXIMUM_REJECTIONS = 3;

export type Answer = 'succeeds' | 'fails' | 'does not run' | 'is garbage' | 'reports some';

/**
 * Simulates partitions that are assigned to a mapping and revoked. Records each violation: of the commits, of the order, and
 * of the exclusive use of records.
 */
export class Simulation {
  readonly violations: string[] = [];
  readonly #definition: MappingDefinition;
  readonly #logs: KafkaRecord[][];
  readonly #committed: number[];
  readonly #settled: Set<number>[];
  readonly #firstDelivered: number[];
  /** The current assignment of each partition; undefined while it is revoked. */
  readonly #assigned: (number | undefined)[];
  #assignments = 0;
  readonly #rejections = new Map<string, number>();
  #queues: PartitionQueues;
  #isStopping = false;
  #invocations: InHand[] = [];
  #sends: InHand[] = [];
  areCommitsRejected = false;

  constructor(definition: MappingDefinition, partitions: number) {
    this.#definition = definition;
    this.#logs = Array.from({ length: partitions }, () => []);
    this.#settled = this.#logs.map(() => new Set());
    this.#committed = this.#logs.map(() => 0);
    this.#firstDelivered = this.#logs.map(() => -1);
    this.#assigned = this.#logs.map(() => undefined);
    this.#queues = this.#create();
  }

  /** Appends records to a partition. Records that are not read at once are read at the next assignment. */
  write(partition: number, records: readonly Omit<KafkaRecord, 'offset'>[], gap: number): void {
    const log = this.#logs[partition] ?? [];
    const from = (log.at(-1)?.offset ?? -1) + 1 + gap;
    const written = records.map((record, index) => ({ ...record, offset: from + index }));
    log.push(...written);
    this.#queues.get(partition)?.accept(written);
  }

  assign(partition: number): void {
    if (this.#assigned[partition] !== undefined) {
      return;
    }
    this.#assignments += 1;
    const assignment = this.#assignments;
    this.#assigned[partition] = assignment;
    this.#queues.open(
      {
        seek: () => undefined,
        pause: () => undefined,
        resume: () => undefined,
        commit: (of, nextOffset) => this.#commit(assignment, of, nextOffset),
        ended: new Promise(() => undefined),
        leave: async () => undefined,
      },
      partition,
    );
    const unread = this.#logs[partition]?.filter(({ offset }) => offset >= (this.#committed[partition] ?? 0));
    this.#queues.get(partition)?.accept(unread ?? []);
  }

  take(partition: number): void {
    this.#assigned[partition] = undefined;
    this.#queues.revoke([partition]);
  }

  /** Ends one of the running invocations, selected by `pick`. */
  answerInvocation(pick: number, answer: Answer): void {
    const index = pick % Math.max(1, this.#invocations.length);
    const [invocation] = this.#invocations.splice(index, 1);
    if (!invocation) {
      return;
    }
    if (answer === 'fails' || answer === 'does not run') {
      const code = answer === 'fails' ? 'function_failed' : 'invocation_failed';
      invocation.reject(new EventSourceError(code, 'no'));
      return;
    }
    const records = placed(invocation.places);
    const reported = answer === 'reports some' ? records.filter((_, item) => (item + pick) % 3 === 0) : [];
    const { reportsItemFailures } = this.#definition.failures;
    const failed = reportsItemFailures ? (answer === 'is garbage' ? records : reported) : [];
    this.#settle(records.filter((record) => !failed.includes(record)));
    const batchItemFailures = reported.map(([partition, offset]) => ({
      itemIdentifier: { partition: `orders-${partition}`, offset },
    }));
    invocation.resolve(answer === 'is garbage' ? `${pick}` : { batchItemFailures });
  }

  /** Ends a send. It is accepted at the limit of rejections, because its records would otherwise be lost as documented. */
  answerSend(isAccepted: boolean): void {
    const send = this.#sends.shift();
    if (!send) {
      return;
    }
    const records = placed(send.places);
    const rejections = Math.max(
      ...records.map(([partition, offset]) => this.#rejections.get(`${partition}@${offset}`) ?? 0),
    );
    if (isAccepted || rejections >= MAXIMUM_REJECTIONS) {
      this.#settle(records);
      send.resolve();
      return;
    }
    for (const [partition, offset] of records) {
      this.#rejections.set(`${partition}@${offset}`, rejections + 1);
    }
    send.reject(new EventSourceError('destination_refused', 'no'));
  }

  /** Stops with this time limit for the batches in flight, and starts as another process without an assignment. */
  async restart(graceMs: number, isAnswered: boolean): Promise<void> {
    this.#isStopping = true;
    void this.#queues.stop();
    if (isAnswered) {
      this.answerInvocation(0, 'succeeds');
      this.answerSend(true);
    }
    await jest.advanceTimersByTimeAsync(graceMs);
    this.#queues.revoke(this.#queues.partitions);
    await jest.advanceTimersByTimeAsync(0);
    this.#assigned.fill(undefined);
    this.#invocations = [];
    this.#sends = [];
    this.#isStopping = false;
    this.#queues = this.#create();
  }

  get isIdle(): boolean {
    return this.#invocations.length === 0 && this.#sends.length === 0;
  }

  /** Returns whether each record is settled and committed. */
  get isDone(): boolean {
    return this.#logs.every((log, partition) => {
      const end = (log.at(-1)?.offset ?? -1) + 1;
      return this.#committed[partition] === end && this.#firstUnsettled(partition, end) === undefined;
    });
  }

  #create(): PartitionQueues {
    const destination: FailureDestination = {
      label: 'kafka://dlt',
      send: (batch) => this.#send(batch),
      close: async () => undefined,
    };
    return new PartitionQueues({
      definition: this.#definition,
      invoke: (event) => this.#invoke(event),
      destination,
      filteredOut: () => undefined,
      log: aLog().log,
    });
  }

  #invoke(event: KafkaEvent): Promise<unknown> {
    const places = new Map<number, number[]>();
    for (const { partition, offset } of Object.values(event.records).flat()) {
      places.set(partition, [...(places.get(partition) ?? []), offset]);
    }
    this.#mayHave('the function', places);
    const size = [...places.values()].flat().length;
    if (size > this.#definition.batchSize || size === 0) {
      this.violations.push(`a batch of ${size} records`);
    }
    if (this.#definition.batches === 'per-partition' && places.size > 1) {
      this.violations.push('a batch of several partitions');
    }
    for (const [partition, offsets] of places) {
      this.#deliver(partition, offsets);
    }
    return new Promise((resolve, reject) => this.#invocations.push({ places, resolve, reject }));
  }

  #deliver(partition: number, offsets: readonly number[]): void {
    if (offsets.some((offset, index) => offset <= (offsets[index - 1] ?? -1))) {
      this.violations.push(`partition ${partition} is delivered out of order: ${offsets}`);
    }
    const before = this.#firstDelivered[partition] ?? -1;
    const last = offsets.at(-1) ?? -1;
    const skipped = this.#firstUnsettled(partition, offsets.find((offset) => offset > before) ?? 0, before);
    if (skipped !== undefined) {
      this.violations.push(`${partition}@${skipped} is superseded by ${offsets}`);
    }
    this.#firstDelivered[partition] = Math.max(before, last);
  }

  #send({ records }: DiscardedBatch): Promise<void> {
    const places = new Map<number, number[]>();
    for (const { partition, offset } of records) {
      places.set(partition, [...(places.get(partition) ?? []), offset]);
    }
    this.#mayHave('the destination', places);
    return new Promise((resolve, reject) => this.#sends.push({ places, resolve: () => resolve(), reject }));
  }

  #mayHave(who: string, places: InHand['places']): void {
    if (this.#isStopping) {
      this.violations.push(`${who} gets records after a stop`);
    }
    for (const partition of places.keys()) {
      if (this.#assigned[partition] === undefined) {
        this.violations.push(`${who} gets records of partition ${partition}, which is lost`);
      }
      if ([...this.#invocations, ...this.#sends].some((other) => other.places.has(partition))) {
        this.violations.push(`${who} gets records of partition ${partition}, of which others are in hand`);
      }
    }
  }

  async #commit(assignment: number, partition: number, nextOffset: number): Promise<void> {
    if (this.#assigned[partition] !== assignment) {
      this.violations.push(`partition ${partition} is committed by a former owner`);
    }
    const unsettled = this.#firstUnsettled(partition, nextOffset);
    if (unsettled !== undefined) {
      this.violations.push(`${partition}@${unsettled} is not settled, but ${nextOffset} is committed`);
    }
    if (nextOffset < (this.#committed[partition] ?? 0)) {
      this.violations.push(`the commit of partition ${partition} goes back to ${nextOffset}`);
    }
    if (this.areCommitsRejected) {
      throw new Error('no coordinator');
    }
    this.#committed[partition] = nextOffset;
  }

  #settle(records: readonly Placed[]): void {
    for (const [partition, offset] of records) {
      this.#settled[partition]?.add(offset);
    }
  }

  /** Returns the first unsettled record between `after` and `before` that passes the filter. */
  #firstUnsettled(partition: number, before: number, after = -1): number | undefined {
    const { filters } = this.#definition;
    return this.#logs[partition]?.find(
      ({ offset, value }) =>
        offset > after &&
        offset < before &&
        passesFilters(filters, value, 'pass') &&
        !this.#settled[partition]?.has(offset),
    )?.offset;
  }
}

const placed = (places: InHand['places']): readonly Placed[] =>
  Array.from(places, ([partition, offsets]) => offsets.map((offset): Placed => [partition, offset])).flat();
