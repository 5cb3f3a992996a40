import { setTimeout } from 'node:timers/promises';
import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import { backoffMs, brokerBackoff, InterruptibleSleep } from '../delivery/backoff.ts';
import type { KafkaEvent } from '../delivery/kafka-event.ts';
import type { FailureDestination } from '../destination/failure-destination.ts';
import { EventSourceError, messageOf } from '../errors.ts';
import { FilteredCount } from '../filter/filtered-count.ts';
import type { ClientSettings } from '../kafka/client.ts';
import { type Assignment, type GroupMember, joinGroup } from '../kafka/group-member.ts';
import { committedOffsets, startingOffsets, type TopicStart } from '../kafka/group-offsets.ts';
import { isRecreated } from '../kafka/kafkajs/topic-identity.ts';
import type { Log } from '../serverless.ts';
import { ConnectionStatus } from '../status/connection-status.ts';
import { partitionList } from '../status/log-lines.ts';
import { PartitionQueues } from './partition-queues.ts';
import { startAtCommittedPosition } from './starting-position.ts';

export interface MappingParts {
  readonly definition: MappingDefinition;
  /** Invokes the mapping's function once. Rejects with an EventSourceError. */
  readonly invoke: (event: KafkaEvent, requestId: string) => Promise<unknown>;
  readonly destination?: FailureDestination;
  readonly log: Log;
}

/**
 * The limits of a stop, in sequence. The leave also gets the time that the batches in flight do not need. Process managers
 * kill a process soon after the signal.
 */
const IN_FLIGHT_TIMEOUT_MS = 1_200;
const LEAVE_TIMEOUT_MS = 600;

/**
 * One event source mapping: a member of the consumer group, and a queue for each assigned partition. It reconnects until
 * `stop`.
 */
export class EventSourceMapping {
  readonly #parts: MappingParts;
  readonly #label: string;
  readonly #queues: PartitionQueues;
  readonly #pause = new InterruptibleSleep();
  readonly #connectionStatus: ConnectionStatus;
  readonly #filteredCount: FilteredCount;
  #start: TopicStart | undefined;
  #member: GroupMember | undefined;
  #memberId: string | undefined;
  /** The last error that keeps the mapping from reading; undefined after it has read. */
  #failure: string | undefined;
  /** The record that cannot be read, by partition. */
  readonly #unreadable = new Map<number, string>();
  #failures = 0;
  #stopped = false;

  constructor(parts: MappingParts) {
    this.#parts = parts;
    this.#label = `${parts.definition.topic} → ${parts.definition.functionKey}`;
    this.#connectionStatus = new ConnectionStatus({
      label: this.#label,
      timeoutMs: parts.definition.cluster.sessionTimeoutMs,
      log: parts.log,
    });
    this.#filteredCount = new FilteredCount({ label: this.#label, log: parts.log });
    this.#queues = new PartitionQueues({
      ...parts,
      destination: parts.destination,
      filteredOut: (records) => this.#filteredCount.add(records),
    });
  }

  /** Returns at once. The mapping logs its partitions when they are assigned. */
  start(): void {
    void this.#run();
  }

  /** Resolves within 1.8 s. Batches that succeed in this time are committed; others are delivered again after a restart. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pause.wake();
    this.#connectionStatus.close();
    this.#filteredCount.close();
    const beganMs = performance.now();
    await within(IN_FLIGHT_TIMEOUT_MS, this.#queues.stop());
    const unusedMs = Math.max(0, beganMs + IN_FLIGHT_TIMEOUT_MS - performance.now());
    this.#queues.revoke(this.#queues.partitions);
    await within(
      unusedMs + LEAVE_TIMEOUT_MS,
      this.#member?.leave().catch(() => undefined),
    );
  }

  /** Returns why the mapping makes no progress, in one partition or in all. */
  stallReason(partition: number | undefined): string {
    if (partition === undefined) {
      return this.#failure ?? 'the brokers do not respond';
    }
    return (
      this.#queues.stallReason(partition) ??
      this.#unreadable.get(partition) ??
      this.#failure ??
      (this.#queues.get(partition)
        ? 'no position was committed; the log may have the reason'
        : 'the partition is not assigned to this process')
    );
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#consume();
      } catch (error) {
        this.#failures += 1;
        this.#failure = messageOf(error);
        if (this.#failures > 1 || isSecurityError(error)) {
          this.#connectionStatus.lost(error); // the first failure can come from a broker that is starting
        }
      }
      this.#queues.revoke(this.#queues.partitions);
      await this.#pause.sleep(this.#stopped ? 0 : backoffMs(brokerBackoff, this.#failures));
    }
  }

  /** Resolves after `stop`. Throws when joining the group fails or the member ends. */
  async #consume(): Promise<void> {
    const { definition } = this.#parts;
    const { topic, consumerGroupId: groupId, batchingWindowMs } = definition;
    const { topicIds } = await this.#readStart();
    const member = await joinGroup(
      { ...this.#client, topic, topicIds, groupId, batchingWindowMs },
      {
        assigned: (joined, assignment) => this.#assign(joined, assignment),
        read: (partition, records) => {
          this.#failure = undefined;
          if (records.length > 0) {
            this.#unreadable.delete(partition);
          }
          this.#queues.get(partition)?.accept(records);
        },
        passed: (partition, nextOffset) => this.#queues.get(partition)?.passed(nextOffset),
        unreadable: (partition, _offset, reason) => {
          this.#unreadable.set(partition, messageOf(reason));
          this.#parts.log.warning(`${this.#label}: ${messageOf(reason)}`);
        },
        heartbeat: () => {
          this.#failures = 0;
          this.#connectionStatus.responded();
        },
        unreachable: (reason) => {
          this.#failure = messageOf(reason);
          this.#connectionStatus.lost(reason);
        },
      },
    );
    this.#member = member;
    if (this.#stopped) {
      await member.leave();
    }
    const error = await member.ended;
    if (error) {
      throw error;
    }
  }

  /** Keeps the positions of the first start, unless they belong to a deleted topic. */
  async #readStart(): Promise<TopicStart> {
    const { topic, startingPosition } = this.#parts.definition;
    const known = this.#start?.topicIds;
    const start = await startingOffsets(this.#client, topic, startingPosition, known);
    if (known !== undefined && isRecreated(known, start.topicIds, topic)) {
      this.#parts.log.warning(
        `${this.#label}: the topic was deleted and created again: reading the new one from its beginning`,
      );
      this.#start = start;
    }
    this.#start ??= start;
    return this.#start;
  }

  #assign(member: GroupMember, { memberId, partitions }: Assignment): void {
    if (this.#stopped) {
      return;
    }
    const isSameMember = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#queues.revoke(
      this.#queues.partitions.filter((partition) => !(isSameMember && partitions.includes(partition))),
    );
    for (const partition of partitions) {
      const position = this.#queues.get(partition)?.nextOffset;
      if (position !== undefined) {
        member.seek(partition, position);
      }
    }
    const added = partitions.filter((partition) => !this.#queues.get(partition));
    for (const partition of added) {
      member.resume(partition); // it can have been revoked while it was paused
      this.#queues.open(member, partition);
    }
    this.#startReading(member, added);
    this.#parts.log.notice(
      `${this.#label}: holds ${partitionList(partitions)} (group ${this.#parts.definition.consumerGroupId})`,
    );
  }

  #startReading(member: GroupMember, partitions: readonly number[]): void {
    const { topic, consumerGroupId } = this.#parts.definition;
    const { offsets = new Map(), topicIds = new Map() } = this.#start ?? {};
    const started = new Map(partitions.map((partition) => [partition, this.#queues.get(partition)]));
    void startAtCommittedPosition({
      member,
      partitions,
      starts: offsets,
      committed: () => committedOffsets(this.#client, topic, consumerGroupId, topicIds),
      isAssigned: (partition) => this.#queues.get(partition) === started.get(partition),
    });
  }

  get #client(): ClientSettings {
    return { ...this.#parts.definition.cluster, log: this.#parts.log };
  }
}

/** A broker that is starting does not cause these errors. */
const isSecurityError = (error: unknown): boolean =>
  error instanceof EventSourceError && ['tls_failed', 'authentication_failed'].includes(error.code);

/** Waits for a promise for at most `ms`. */
async function within(ms: number, promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([promise, setTimeout(ms, undefined, { ref: false })]);
}
