import { randomUUID } from 'node:crypto';
import { isRecreated } from '../kafkajs/topic-identity.ts';
import type { TopicIds } from '../kafkajs/topic-ids.ts';
import type { KafkaSecurity } from '../security.ts';
import { backOff } from './back-off.ts';
import { partitionKey, type RawMessage, type TopicPartition, topicOfKey } from './consumed-message.ts';
import { type GroupMember, joinGroup } from './group-member.ts';
import {
  committedOffsets,
  currentTopicIds,
  deleteGroup,
  type Offsets,
  type StartingOffset,
  type StartingPositions,
  startingPositions,
} from './offset-lookup.ts';
import { PartitionReader } from './partition-reader.ts';
import { PositionCommits } from './position-commits.ts';

export interface SubscriptionSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  readonly topics: readonly string[];
  readonly groupId: string | undefined;
  readonly startFrom: StartingOffset;
  /** Resolves to true when the message is handled, or to false; then `wake` tries again. */
  readonly deliver: (message: RawMessage, revoked: AbortSignal) => Promise<boolean>;
  readonly warn: (message: string, cause: unknown) => void;
}

interface Opened {
  readonly closing: AbortController;
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
}

const MAX_BACK_OFF_MS = 5_000;
const LAST_COMMIT_TIMEOUT_MS = 5_000;
/** A membership that lasted longer than this resets the count of failures. */
const STABLE_MS = 20_000;
/** Warns after this many failures in a row. A single failure is normal: a lost connection, or a broker that just started. */
const WARN_AFTER_FAILURES = 3;

/**
 * The partitions and positions of a consumer. From `open` to `close` the consumer is a member of its group. If the
 * membership ends, it joins again, for as long as the brokers are unavailable.
 *
 * kafkajs can only read as a member of a group. A consumer without a group id is therefore the only member of a group with
 * a random name. It commits nothing, keeps its positions here, and deletes the group at the end.
 */
export class Subscription {
  readonly #settings: SubscriptionSettings;
  readonly #commits: PositionCommits;
  /** Includes revoked readers of lost partitions, until a new reader replaces them. */
  readonly #readers = new Map<string, PartitionReader>();
  /** The next offset of each partition after the handled messages. */
  readonly #done = new Map<string, bigint>();
  #assigned: ReadonlySet<string> = new Set();
  #startingPositions: StartingPositions | undefined;
  #member: GroupMember | undefined;
  #opened: Opened | undefined;

  constructor(settings: SubscriptionSettings) {
    this.#settings = settings;
    this.#commits = new PositionCommits(async (positions) => {
      if (this.#member === undefined) {
        throw new Error('Not a member of the group now.');
      }
      await this.#member.commit(positions);
    });
  }

  /** Resolves when the first partitions have their positions: messages that are produced from then on are read. */
  open(): Promise<void> {
    this.#opened ??= this.#open();
    return this.#opened.ready;
  }

  wake(): void {
    for (const reader of this.#readers.values()) {
      reader.wake();
    }
  }

  /**
   * Resolves when all positions are committed. The caller must not deliver messages meanwhile.
   * @throws OrderlyError `kafka_unavailable` if closed before
   */
  async commit(): Promise<void> {
    await this.#idle();
    await this.#flush();
  }

  /**
   * Commits and leaves the group. The caller must not deliver messages meanwhile. The subscription can be opened again.
   * @throws OrderlyError `kafka_unavailable` if the positions were not committed within 5 s; it has left the group anyway
   */
  async close(): Promise<void> {
    if (this.#opened === undefined) {
      return;
    }
    const { closing, ended } = this.#opened;
    await this.#idle();
    try {
      await this.#commits.flush(AbortSignal.timeout(LAST_COMMIT_TIMEOUT_MS));
    } finally {
      closing.abort();
      await ended;
      this.#commits.clear();
      if (this.#settings.groupId !== undefined) {
        this.#done.clear(); // other members may continue, or an operator may reset the group
      }
      this.#opened = undefined;
    }
  }

  #open(): Opened {
    const closing = new AbortController();
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const ended = this.#stayMember(closing.signal, resolve).finally(resolve);
    return { closing, ready, ended };
  }

  async #stayMember(closing: AbortSignal, ready: () => void): Promise<void> {
    let failures = 0;
    while (!closing.aborted) {
      const startedAt = performance.now();
      try {
        await this.#beMember(closing, ready);
      } catch (error) {
        failures = performance.now() - startedAt > STABLE_MS ? 1 : failures + 1;
        if (failures === WARN_AFTER_FAILURES && !closing.aborted) {
          const reason = Error.isError(error) ? error.message : String(error);
          this.#settings.warn(`Reading from Kafka is interrupted, retrying: ${reason}`, error);
        }
        await backOff(failures, MAX_BACK_OFF_MS, closing);
      }
    }
  }

  /** Resolves or rejects when the membership has ended. */
  async #beMember(closing: AbortSignal, ready: () => void): Promise<void> {
    const { groupId = `${this.#settings.clientId}-${randomUUID()}` } = this.#settings;
    const topicIds = await this.#identifyTopics();
    closing.throwIfAborted();
    const failed = Promise.withResolvers<Error>();

    const member = await joinGroup({ ...this.#settings, topicIds, groupId }, closing, {
      assigned: (joined, partitions) => {
        this.#member = joined;
        this.#takeAssignment(joined, partitions, topicIds).then(ready, failed.resolve);
      },
      rebalancing: () => void this.#commits.commit(),
      read: (partition, messages) => this.#readers.get(partitionKey(partition))?.add(messages),
      unreadable: (reason) => this.#settings.warn(reason.message, reason),
    });
    const reason = await Promise.race([member.ended, failed.promise]);

    this.#member = undefined;
    this.#revokeAll();
    await member.leave();
    if (this.#settings.groupId === undefined && reason === undefined) {
      // Kafka removes an empty group later; until then tools list it.
      await deleteGroup(this.#settings, groupId).catch(() => undefined);
    }
    if (reason !== undefined) {
      throw reason;
    }
  }

  /** Sets the topic ids that all positions belong to. Drops every position of a deleted topic. */
  async #identifyTopics(): Promise<TopicIds> {
    const known = this.#startingPositions;
    if (known === undefined) {
      this.#startingPositions = await startingPositions(this.#settings, this.#settings.startFrom);
      return this.#startingPositions.topicIds;
    }
    const topicIds = await currentTopicIds(this.#settings);
    this.#startingPositions = { ...known, topicIds };
    const recreated = this.#settings.topics.filter((topic) => isRecreated(known.topicIds, topicIds, topic));
    if (recreated.length > 0) {
      const isCurrent = (key: string): boolean => !recreated.includes(topicOfKey(key));
      const offsets = new Map([...known.offsets].filter(([key]) => isCurrent(key)));
      this.#startingPositions = { topicIds, offsets };
      this.#commits.retain(new Set([...this.#assigned].filter(isCurrent)));
      for (const key of [...this.#done.keys()].filter((each) => !isCurrent(each))) {
        this.#done.delete(key);
      }
      this.#settings.warn(
        `${recreated.join(', ')} was deleted and created again: reading the new topic from its beginning.`,
        undefined,
      );
    }
    return topicIds;
  }

  async #takeAssignment(
    member: GroupMember,
    partitions: readonly TopicPartition[],
    topicIds: TopicIds,
  ): Promise<void> {
    this.#assigned = new Set(partitions.map(partitionKey));
    this.#commits.retain(this.#assigned);
    this.#revokeAll();
    const assigned = partitions.map((partition) => ({
      partition,
      reader: this.#replaceReader(member, partition, topicIds),
    }));

    const { groupId } = this.#settings;
    const committed: Offsets =
      groupId === undefined ? new Map() : await committedOffsets(this.#settings, groupId, topicIds);
    await Promise.all(
      assigned.map(async ({ partition, reader }) => {
        await reader.predecessorIdle();
        if (!reader.isRevoked) {
          this.#begin(member, partition, reader, committed.get(partitionKey(partition)));
        }
      }),
    );
    await this.#flush();
  }

  #replaceReader(member: GroupMember, partition: TopicPartition, topicIds: TopicIds): PartitionReader {
    const key = partitionKey(partition);
    const topicId = topicIds.get(partition.topic);
    const reader = new PartitionReader({
      predecessor: this.#readers.get(key),
      deliver: this.#settings.deliver,
      done: (offset) => {
        if (topicId === this.#startingPositions?.topicIds.get(partition.topic)) {
          this.#done.set(key, offset);
          this.#commitLater(partition, offset);
        }
      },
      pause: () => member.pause(partition),
      resume: () => member.resume(partition),
    });
    this.#readers.set(key, reader);
    return reader;
  }

  #begin(
    member: GroupMember,
    partition: TopicPartition,
    reader: PartitionReader,
    committed: bigint | undefined,
  ): void {
    const key = partitionKey(partition);
    const first = committed ?? this.#startingPositions?.offsets.get(key) ?? 0n; // a partition or topic that was added later
    const done = this.#done.get(key) ?? 0n;
    const offset = done > first ? done : first;
    // Commits the starting position too. Otherwise a member that takes over the partition before the first message could
    // start elsewhere, and an older position of a former handler could still be pending.
    this.#commitLater(partition, offset);
    member.begin({ ...partition, offset });
    reader.open();
  }

  #commitLater(partition: TopicPartition, offset: bigint): void {
    if (this.#settings.groupId !== undefined && this.#assigned.has(partitionKey(partition))) {
      this.#commits.add({ ...partition, offset });
    }
  }

  async #flush(): Promise<void> {
    if (this.#opened !== undefined) {
      await this.#commits.flush(this.#opened.closing.signal);
    }
  }

  /** Resolves when every reader has reported its next offset. */
  async #idle(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.idle()));
  }

  #revokeAll(): void {
    for (const reader of this.#readers.values()) {
      reader.revoke();
    }
  }
}
