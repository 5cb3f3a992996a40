import { randomUUID } from 'node:crypto';
import { isRecreated } from '../kafkajs/topic-identity.ts';
import type { TopicIds } from '../kafkajs/topic-ids.ts';
import type { KafkaSecurity } from '../security.ts';
import { backOff } from './back-off.ts';
import { type Place, placeName, type RawMessage, topicIn } from './consumed-message.ts';
import { type GroupMember, joinGroup } from './group-member.ts';
import {
  type Beginnings,
  beginnings,
  committedOffsets,
  currentTopicIds,
  deleteGroup,
  type Offsets,
  type StartingOffset,
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
  /** True once the message is done with; false: not now, `wake` tries again. */
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
/** A membership that ends later than this was no failure to become a member. */
const LASTING_MS = 20_000;
/** Fewer in a row are nothing to tell: a new broker has no coordinator for a moment, a connection breaks. */
const TELLING_FAILURES = 3;

/**
 * What a consumer reads and how far it is. From `open` to `close` it is a member of its group, and becomes one
 * anew whenever that ends by itself, however long the brokers are away.
 *
 * kafkajs reads in groups only. So without a group id it is alone in a group with a name of its own, which
 * commits nothing and is removed; the positions are kept here.
 */
export class Subscription {
  readonly #settings: SubscriptionSettings;
  readonly #commits: PositionCommits;
  /** Those of lost partitions stay, revoked, until their last handler has ended and another takes their place. */
  readonly #readers = new Map<string, PartitionReader>();
  /** Where each partition goes on after what was done with. */
  readonly #done = new Map<string, bigint>();
  #assigned: ReadonlySet<string> = new Set();
  #beginnings: Beginnings | undefined;
  #member: GroupMember | undefined;
  #opened: Opened | undefined;

  constructor(settings: SubscriptionSettings) {
    this.#settings = settings;
    this.#commits = new PositionCommits(async (positions) => {
      if (this.#member === undefined) {
        throw new Error('Not a member of the group at the moment.');
      }
      await this.#member.commit(positions);
    });
  }

  /** Resolves when the first partitions have their positions, so that nothing produced from then on is missed. */
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
   * Resolves when the group has every position; nothing may be delivered meanwhile.
   * @throws OrderlyError `kafka_unavailable` when closed before
   */
  async commit(): Promise<void> {
    await this.#idle();
    await this.#flush();
  }

  /**
   * Commits and leaves the group; nothing may be delivered meanwhile. Can be opened again.
   * @throws OrderlyError `kafka_unavailable` when the positions could not be committed within 5 s; it has left all the same
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
        this.#done.clear(); // others may go on from here, or set the group back
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
        failures = performance.now() - startedAt > LASTING_MS ? 1 : failures + 1;
        if (failures === TELLING_FAILURES && !closing.aborted) {
          const reason = Error.isError(error) ? error.message : String(error);
          this.#settings.warn(`Reading from Kafka is interrupted, trying on: ${reason}`, error);
        }
        await backOff(failures, MAX_BACK_OFF_MS, closing);
      }
    }
  }

  /** Resolves or throws when the membership has ended, for whatever reason. */
  async #beMember(closing: AbortSignal, ready: () => void): Promise<void> {
    const { groupId = `${this.#settings.clientId}-${randomUUID()}` } = this.#settings;
    const topicIds = await this.#identifyTopics();
    closing.throwIfAborted();
    const failed = Promise.withResolvers<Error>();

    const member = await joinGroup({ ...this.#settings, topicIds, groupId }, closing, {
      assigned: (joined, places) => {
        this.#member = joined;
        this.#takeOver(joined, places, topicIds).then(ready, failed.resolve);
      },
      rebalancing: () => void this.#commits.commit(),
      read: (place, messages) => this.#readers.get(placeName(place))?.add(messages),
      unreadable: (reason) => this.#settings.warn(reason.message, reason),
    });
    const reason = await Promise.race([member.ended, failed.promise]);

    this.#member = undefined;
    this.#revokeAll();
    await member.leave();
    if (this.#settings.groupId === undefined && reason === undefined) {
      // Kafka removes it by itself, but takes its time and shows it meanwhile.
      await deleteGroup(this.#settings, groupId).catch(() => undefined);
    }
    if (reason !== undefined) {
      throw reason;
    }
  }

  /** Sets the topic ids that all positions belong to. Drops every position of a deleted topic. */
  async #identifyTopics(): Promise<TopicIds> {
    const known = this.#beginnings;
    if (known === undefined) {
      this.#beginnings = await beginnings(this.#settings, this.#settings.startFrom);
      return this.#beginnings.topicIds;
    }
    const topicIds = await currentTopicIds(this.#settings);
    this.#beginnings = { ...known, topicIds };
    const recreated = this.#settings.topics.filter((topic) => isRecreated(known.topicIds, topicIds, topic));
    if (recreated.length > 0) {
      const isLeft = (name: string): boolean => !recreated.includes(topicIn(name));
      const offsets = new Map([...known.offsets].filter(([name]) => isLeft(name)));
      this.#beginnings = { topicIds, offsets };
      this.#commits.retain(new Set([...this.#assigned].filter(isLeft)));
      for (const name of [...this.#done.keys()].filter((one) => !isLeft(one))) {
        this.#done.delete(name);
      }
      this.#settings.warn(
        `${recreated.join(', ')} was deleted and created again: reading the new one from its beginning.`,
        undefined,
      );
    }
    return topicIds;
  }

  async #takeOver(member: GroupMember, places: readonly Place[], topicIds: TopicIds): Promise<void> {
    this.#assigned = new Set(places.map(placeName));
    this.#commits.retain(this.#assigned);
    this.#revokeAll();
    const taken = places.map((place) => ({ place, reader: this.#replaceReader(member, place, topicIds) }));

    const { groupId } = this.#settings;
    const committed: Offsets =
      groupId === undefined ? new Map() : await committedOffsets(this.#settings, groupId, topicIds);
    await Promise.all(
      taken.map(async ({ place, reader }) => {
        await reader.predecessorIdle();
        if (!reader.isRevoked) {
          this.#begin(member, place, reader, committed.get(placeName(place)));
        }
      }),
    );
    await this.#flush();
  }

  #replaceReader(member: GroupMember, place: Place, topicIds: TopicIds): PartitionReader {
    const name = placeName(place);
    const topicId = topicIds.get(place.topic);
    const reader = new PartitionReader({
      predecessor: this.#readers.get(name),
      deliver: this.#settings.deliver,
      done: (offset) => {
        if (topicId === this.#beginnings?.topicIds.get(place.topic)) {
          this.#done.set(name, offset);
          this.#commitLater(place, offset);
        }
      },
      pause: () => member.pause(place),
      resume: () => member.resume(place),
    });
    this.#readers.set(name, reader);
    return reader;
  }

  #begin(member: GroupMember, place: Place, reader: PartitionReader, committed: bigint | undefined): void {
    const name = placeName(place);
    const first = committed ?? this.#beginnings?.offsets.get(name) ?? 0n; // a partition or topic that was added later
    const done = this.#done.get(name) ?? 0n;
    const offset = done > first ? done : first;
    // Where it begins, too: else whoever takes the partition over before anything came would begin elsewhere. And
    // always, in the place of an older position that a handler of the time before may have left to be committed.
    this.#commitLater(place, offset);
    member.begin({ ...place, offset });
    reader.open();
  }

  #commitLater(place: Place, offset: bigint): void {
    if (this.#settings.groupId !== undefined && this.#assigned.has(placeName(place))) {
      this.#commits.add({ ...place, offset });
    }
  }

  async #flush(): Promise<void> {
    if (this.#opened !== undefined) {
      await this.#commits.flush(this.#opened.closing.signal);
    }
  }

  /** Resolves when each reader has said where it goes on. */
  async #idle(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.idle()));
  }

  #revokeAll(): void {
    for (const reader of this.#readers.values()) {
      reader.revoke();
    }
  }
}
