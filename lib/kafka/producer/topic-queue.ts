import { setTimeout as delay } from 'node:timers/promises';
import type { OrderlyError } from '../../errors/orderly-error.ts';
import type { BrokerConnection, Leaders, Produced } from '../broker-connection.ts';
import type { Cluster } from '../cluster.ts';
import { kafkaFailure } from '../kafka-errors.ts';
import type { OutgoingRecord } from '../protocol/record-batch.ts';
import { murmur2 } from './murmur2.ts';
import { PartitionQueue } from './partition-queue.ts';
import {
  type Acknowledgement,
  Deadline,
  messageRejected,
  notAcknowledged,
  notAuthenticated,
  PendingMessage,
} from './pending-message.ts';

/** Leaders may move, and partitions may be added, without a failed request. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * The share of the request timeout and of the time left for which a broker may wait for its replicas, so that it answers
 * first. If much time is left, only ANSWER_MARGIN_MS are kept for the answer.
 */
const REPLICA_WAIT_SHARE = 0.75;
const ANSWER_MARGIN_MS = 250;

export interface QueueLimits {
  readonly deadlineMs: number;
  readonly requestTimeoutMs: number;
  /** Per request. */
  readonly maxMessages: number;
}

/** The part of a cluster that a queue uses. */
export interface Brokers extends Pick<Cluster, 'leaders'> {
  connection(address: string): Pick<BrokerConnection, 'produce'>;
}

/** The messages of one partition in one request. */
interface Batch {
  readonly partition: PartitionQueue;
  readonly messages: readonly PendingMessage[];
}

/**
 * The messages waiting for one topic. Each leader gets one request at a time, with messages of all its partitions. While a
 * request is in flight, further messages are collected, so that many concurrent senders need few requests. A leader that
 * fails delays only its own partitions. A partition has one batch in flight, and a retry keeps its place, so the order of
 * messages holds.
 */
export class TopicQueue {
  readonly #topic: string;
  readonly #cluster: Brokers;
  readonly #limits: QueueLimits;
  /** Messages that were sent before the partitions were known. */
  #unassigned: PendingMessage[] = [];
  #partitions: PartitionQueue[] = [];
  #roundRobin = 0;
  /** Running send loops, by leader; undefined: the search for unknown leaders. */
  readonly #workers = new Map<string | undefined, Promise<void>>();
  /** Requests in flight, by leader. */
  readonly #inFlight = new Map<
    string,
    { readonly batches: readonly Batch[]; readonly abandon: AbortController }
  >();
  #unsettled = 0;
  /** The deadline of the latest messages. */
  #deadline: Deadline | undefined;
  /** Aborts when no message waits any more. Undefined while there is no listener. */
  #idle: AbortController | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshedAt = 0;
  #refreshFailure: unknown;

  constructor(topic: string, cluster: Brokers, limits: QueueLimits) {
    this.#topic = topic;
    this.#cluster = cluster;
    this.#limits = limits;
  }

  add(record: OutgoingRecord): Promise<Acknowledgement> {
    const pending = new PendingMessage(record, this.#deadlineOfNow());
    this.#unsettled += 1;
    const partition = this.#partitionOf(record);
    (partition?.waiting ?? this.#unassigned).push(pending);
    this.#wake(partition?.leader);
    return pending.acknowledged;
  }

  #deadlineOfNow(): Deadline {
    const { deadlineMs } = this.#limits;
    const now = Date.now();
    if (this.#deadline === undefined || this.#deadline.isOver || this.#deadline.at !== now + deadlineMs) {
      this.#deadline = new Deadline(now, deadlineMs, {
        expired: (messages) => this.#expire(messages),
        settled: () => this.#countSettled(),
      });
    }
    return this.#deadline;
  }

  /** Resolves when nothing is waiting or in flight. */
  async drained(): Promise<void> {
    while (this.#workers.size > 0) {
      await Promise.all(this.#workers.values());
    }
  }

  /** Chooses the same partition as Kafka's Java client, so that a key has one partition for all clients. */
  #partitionOf({ key }: OutgoingRecord): PartitionQueue | undefined {
    if (key !== null) {
      return this.#partitions[murmur2(key) % this.#partitions.length];
    }
    const withLeader = this.#partitions.filter(({ leader }) => leader !== undefined);
    const choice = withLeader.length > 0 ? withLeader : this.#partitions;
    this.#roundRobin += 1;
    return choice[this.#roundRobin % choice.length];
  }

  #wake(leader: string | undefined): void {
    if (!this.#workers.has(leader)) {
      this.#workers.set(leader, leader === undefined ? this.#findLeaders() : this.#serve(leader));
    }
  }

  /** Wakes the leaders of all partitions with messages, except one that is serving already. */
  #wakeAll(except?: string): void {
    for (const { leader, hasWaiting } of this.#partitions) {
      if (hasWaiting && leader !== except) {
        this.#wake(leader);
      }
    }
  }

  async #serve(leader: string): Promise<void> {
    await Promise.resolve(); // messages of the same tick go into the same request
    if (Date.now() - this.#refreshedAt > METADATA_MAX_AGE_MS) {
      await this.#refresh();
    }
    let failures = 0;
    for (let batches = this.#take(leader); batches.length > 0; batches = this.#take(leader)) {
      if (await this.#deliver(leader, batches)) {
        failures = 0;
      } else {
        await this.#pause(backOffMs(failures));
        failures += 1;
        await this.#refresh();
      }
    }
    this.#workers.delete(leader);
  }

  async #findLeaders(): Promise<void> {
    await Promise.resolve();
    const isMissing = (): boolean =>
      this.#unassigned.some(({ isSettled }) => !isSettled) ||
      this.#partitions.some(({ leader, hasWaiting }) => leader === undefined && hasWaiting);
    for (let failures = 0; isMissing(); failures += 1) {
      if (failures > 0) {
        await this.#pause(backOffMs(failures - 1));
      }
      await this.#refresh();
    }
    this.#workers.delete(undefined);
  }

  /** Takes the next request for a leader: an equal share of each of its partitions, the longest waiting first. */
  #take(leader: string): Batch[] {
    if (this.#hasStaleRequests()) {
      return [];
    }
    const ready = this.#partitions.filter(
      (partition) => partition.leader === leader && !partition.isInFlight && partition.hasWaiting,
    );
    ready.sort((a, b) => a.oldestDeadlineAt - b.oldestDeadlineAt);
    let left = this.#limits.maxMessages;
    const share = Math.ceil(left / ready.length);
    return ready.flatMap((partition) => {
      const messages = partition.take(Math.min(left, share));
      left -= messages.length;
      return messages.length > 0 ? [{ partition, messages }] : [];
    });
  }

  /** Returns whether a request for former partitions is in flight: its keys can have messages in any current partition. */
  #hasStaleRequests(): boolean {
    return [...this.#inFlight.values()].some(({ batches }) =>
      batches.some(({ partition }) => this.#partitions[partition.index] !== partition),
    );
  }

  /** Sends one request. Resolves to false if a part of it must wait before a retry. */
  async #deliver(leader: string, batches: readonly Batch[]): Promise<boolean> {
    for (const { partition } of batches) {
      partition.isInFlight = true;
    }
    const abandon = new AbortController();
    this.#inFlight.set(leader, { batches, abandon });
    const outcomes = await this.#produce(leader, batches, abandon.signal);
    this.#inFlight.delete(leader);
    let isHealthy = true;
    for (const batch of batches) {
      batch.partition.isInFlight = false;
      const outcome = outcomes.get(batch.partition.index);
      if (outcome && 'baseOffset' in outcome) {
        this.#acknowledge(batch, outcome.baseOffset);
      } else if (!this.#handleFailure(batch, outcome?.error)) {
        isHealthy = false;
      }
    }
    // A partition may have moved to a leader that found it in flight, and a message to another partition.
    this.#wakeAll(leader);
    return isHealthy;
  }

  async #produce(
    leader: string,
    batches: readonly Batch[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, Produced>> {
    const partitions = batches.map(({ partition, messages }) => ({
      partition: partition.index,
      records: messages.map(({ record }) => record),
    }));
    try {
      const connection = this.#cluster.connection(leader);
      const produced = await connection.produce(this.#topic, partitions, this.#waitMs(batches), signal);
      return new Map(produced.map((outcome) => [outcome.partition, outcome]));
    } catch (error) {
      return new Map(partitions.map(({ partition }) => [partition, { partition, error }]));
    }
  }

  /**
   * Returns how long the leader may wait for its replicas. After a shorter wait it would report a failure although it has
   * stored the messages, and the retry would store them again.
   */
  #waitMs(batches: readonly Batch[]): number {
    const latestDeadline = Math.max(...batches.map(({ messages }) => messages.at(-1)?.deadlineAt ?? 0));
    const leftMs = latestDeadline - Date.now();
    const waitMs = Math.min(
      this.#limits.requestTimeoutMs * REPLICA_WAIT_SHARE,
      Math.max(leftMs - ANSWER_MARGIN_MS, leftMs * REPLICA_WAIT_SHARE),
    );
    return Math.max(1, Math.floor(waitMs));
  }

  #acknowledge({ partition, messages }: Batch, baseOffset: bigint): void {
    partition.limit *= 2;
    let offset = baseOffset;
    for (const pending of messages) {
      pending.acknowledge({ topic: this.#topic, partition: partition.index, offset });
      offset += 1n;
    }
  }

  /** Returns whether the batch is settled or can be sent again at once; else its messages wait for another attempt. */
  #handleFailure(batch: Batch, error: unknown): boolean {
    const { partition, messages } = batch;
    switch (kafkaFailure(error)) {
      case 'record_rejected':
        if (messages.length === 1) {
          rejectAll(messages, messageRejected(this.#topic, error, 'message'));
        } else {
          // One rejected record must not fail the others of its batch: bisect until it is alone.
          partition.limit = Math.ceil(messages.length / 2);
          this.#putBack(batch, error, { mayMove: false });
        }
        return true;
      case 'rejected':
        rejectAll(messages, messageRejected(this.#topic, error, 'request'));
        return true;
      case 'authentication_failed':
        rejectAll(messages, notAuthenticated(this.#topic, error));
        return true;
      case 'reconnect':
      case 'retry':
        this.#putBack(batch, error, { mayMove: true });
        return false;
    }
  }

  /** Returns messages to their places. Messages without a key may move to another partition. */
  #putBack(
    { partition, messages }: Batch,
    failure: unknown,
    { mayMove }: { readonly mayMove: boolean },
  ): void {
    for (const pending of messages.toReversed()) {
      if (!pending.isSettled) {
        pending.failure = failure;
        const { record } = pending;
        const samePartition = mayMove || record.key !== null ? undefined : this.#partitions[partition.index];
        (samePartition ?? this.#partitionOf(record))?.waiting.unshift(pending);
      }
    }
  }

  /** Requests the leaders of the partitions, one request at a time. Never rejects. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#requestLeaders().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #requestLeaders(): Promise<void> {
    if (this.#unsettled === 0) {
      return; // no message waits any more
    }
    const signal = this.#untilIdle();
    try {
      this.#assign(await this.#cluster.leaders(this.#topic, signal));
      this.#refreshFailure = undefined;
    } catch (error) {
      const withoutLeader = [
        ...this.#unassigned,
        ...this.#partitions.flatMap(({ leader, waiting }) => (leader === undefined ? waiting : [])),
      ];
      switch (kafkaFailure(error)) {
        case 'rejected':
          rejectAll(withoutLeader, messageRejected(this.#topic, error, 'request'));
          break;
        case 'authentication_failed':
          rejectAll(withoutLeader, notAuthenticated(this.#topic, error));
          break;
        default:
          if (!signal.aborted) {
            this.#refreshFailure = error;
          }
      }
    } finally {
      this.#refreshedAt = Date.now();
      this.#unassigned = this.#unassigned.filter(({ isSettled }) => !isSettled);
    }
  }

  /** A recreated topic may have another number of partitions: then every message gets a partition again. */
  #assign(leaders: Leaders): void {
    const isNew = leaders.length !== this.#partitions.length;
    const toAssign = isNew
      ? [...this.#partitions.flatMap(({ waiting }) => waiting), ...this.#unassigned]
      : [];
    if (isNew) {
      this.#partitions = leaders.map((leader, index) => new PartitionQueue(index, leader));
      this.#unassigned = [];
    }
    for (const [index, partition] of this.#partitions.entries()) {
      partition.leader = leaders[index];
    }
    for (const pending of toAssign) {
      (this.#partitionOf(pending.record)?.waiting ?? this.#unassigned).push(pending);
    }
    this.#wakeAll();
  }

  /** Resolves at once when no message waits any more, so that no timer outlives the messages. */
  async #pause(ms: number): Promise<void> {
    if (this.#unsettled > 0) {
      await delay(ms, undefined, { signal: this.#untilIdle() }).catch(() => undefined);
    }
  }

  #expire(overdue: readonly PendingMessage[]): void {
    for (const pending of overdue) {
      const cause = pending.failure ?? this.#refreshFailure;
      pending.reject(notAcknowledged(this.#topic, cause, this.#limits.deadlineMs));
    }
    for (const { batches, abandon } of this.#inFlight.values()) {
      if (batches.every(({ messages }) => messages.every(({ isSettled }) => isSettled))) {
        abandon.abort();
      }
    }
  }

  #untilIdle(): AbortSignal {
    this.#idle ??= new AbortController();
    return this.#idle.signal;
  }

  #countSettled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) {
      this.#idle?.abort();
      this.#idle = undefined;
    }
  }
}

function rejectAll(messages: readonly PendingMessage[], error: OrderlyError): void {
  for (const pending of messages) {
    pending.reject(error);
  }
}

/** Doubles from 25 ms to 500 ms: finds a restarted broker soon, and does not overload an unavailable one. */
const backOffMs = (attempt: number): number => Math.min(25 * 2 ** attempt, 500);
