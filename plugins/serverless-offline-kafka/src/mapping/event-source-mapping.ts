import { setTimeout } from 'node:timers/promises';
import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import type { Options } from '../configuration/options.ts';
import { backoffMs, brokerBackoff } from '../delivery/backoff.ts';
import { PartitionDelivery } from '../delivery/partition-delivery.ts';
import { FilteredCount } from '../filter/filtered-count.ts';
import { passesFilters } from '../filter/record-filter.ts';
import type { ClientSettings } from '../kafka/client.ts';
import { type Assignment, type GroupMember, joinGroup } from '../kafka/group-member.ts';
import { committedOffsets, type Offsets, startingOffsets } from '../kafka/group-offsets.ts';
import type { Log } from '../serverless.ts';
import { Sleeper } from '../sleeper.ts';
import { Contact } from '../status/contact.ts';
import { attemptLine, failureOutcome, partitionList } from '../status/log-lines.ts';
import { beginAtCommittedPosition } from './starting-position.ts';

export interface MappingParts {
  readonly definition: MappingDefinition;
  readonly options: Options;
  /** Invokes the mapping's function once. Rejects with its error, or on its timeout. */
  readonly invoke: (event: string) => Promise<void>;
  readonly log: Log;
}

/** A stop takes no longer than both together: whoever sent the signal soon kills. */
const IN_FLIGHT_GRACE_MS = 1_200;
const LEAVE_GRACE_MS = 600;

/**
 * One event source mapping: one member of the mapping's consumer group, and one delivery for each partition
 * that the group gives it. It goes on until `stop`, whatever the brokers do.
 */
export class EventSourceMapping {
  readonly #parts: MappingParts;
  readonly #place: string;
  readonly #deliveries = new Map<number, PartitionDelivery>();
  /** The ends of deliveries that were revoked: a partition that comes back waits for its last batch. */
  readonly #endings = new Map<number, Promise<void>>();
  readonly #pause = new Sleeper();
  readonly #contact: Contact;
  readonly #filteredCount: FilteredCount;
  #starts: Offsets | undefined;
  #member: GroupMember | undefined;
  #memberId: string | undefined;
  #begunMember: GroupMember | undefined;
  #failures = 0;
  #stopped = false;

  constructor(parts: MappingParts) {
    this.#parts = parts;
    this.#place = `${parts.definition.topic} → ${parts.definition.functionKey}`;
    this.#contact = new Contact({
      place: this.#place,
      silenceMs: parts.options.sessionTimeoutMs,
      log: parts.log,
    });
    this.#filteredCount = new FilteredCount({ place: this.#place, log: parts.log });
  }

  /** Returns at once; the mapping says in the log when it holds its partitions. */
  start(): void {
    void this.#run();
  }

  /** Ends within 1.8 s. A batch that succeeds in the meantime is committed; others are delivered again later. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pause.wake();
    this.#contact.close();
    this.#filteredCount.close();
    const idle = Promise.all([...this.#deliveries.values()].map((delivery) => delivery.stop()));
    await within(IN_FLIGHT_GRACE_MS, idle);
    this.#revoke([...this.#deliveries.keys()]);
    await within(
      LEAVE_GRACE_MS,
      this.#member?.leave().catch(() => undefined),
    );
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#takePart();
      } catch (error) {
        this.#failures += 1;
        if (this.#failures > 1) {
          this.#contact.lost(error); // at the first time it may be a broker that has only just started
        }
      }
      this.#revoke([...this.#deliveries.keys()]);
      await this.#pause.sleep(this.#stopped ? 0 : backoffMs(brokerBackoff, this.#failures));
    }
  }

  /** Returns after `stop`. Throws when the group cannot be joined, or when the member is lost. */
  async #takePart(): Promise<void> {
    const { options, definition } = this.#parts;
    const { topic, consumerGroupId: groupId } = definition;
    const starts = await startingOffsets(this.#client, topic, definition.startingPosition);
    this.#starts ??= starts;
    const member = await joinGroup(
      { ...this.#client, topic, groupId, sessionTimeoutMs: options.sessionTimeoutMs },
      {
        assigned: (joined, assignment) => this.#assign(joined, assignment),
        read: (partition, records) => this.#deliveries.get(partition)?.accept(records),
        heartbeat: () => {
          this.#failures = 0;
          this.#contact.heard();
        },
        unreachable: (reason) => this.#contact.lost(reason),
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

  #assign(member: GroupMember, { memberId, partitions }: Assignment): void {
    if (this.#stopped) {
      return;
    }
    const isSameMember = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#revoke(
      [...this.#deliveries.keys()].filter((partition) => !(isSameMember && partitions.includes(partition))),
    );
    for (const partition of partitions) {
      const position = this.#deliveries.get(partition)?.nextOffset;
      if (position !== undefined) {
        member.seek(partition, position);
      }
    }
    const fresh = partitions.filter((partition) => !this.#deliveries.has(partition));
    for (const partition of fresh) {
      member.resume(partition); // it may have been taken away while it was paused
      this.#deliveries.set(partition, this.#delivery(member, partition));
    }
    this.#begin(member, fresh);
    this.#parts.log.notice(
      `${this.#place}: holds ${partitionList(partitions)} (group ${this.#parts.definition.consumerGroupId})`,
    );
  }

  #begin(member: GroupMember, partitions: readonly number[]): void {
    const { topic, consumerGroupId, startingPosition } = this.#parts.definition;
    const isFirst = member !== this.#begunMember;
    this.#begunMember = member;
    if (isFirst && startingPosition.type === 'TRIM_HORIZON') {
      return; // a new consumer begins there by itself; later ones may remember where they have read before
    }
    const begun = new Map(partitions.map((partition) => [partition, this.#deliveries.get(partition)]));
    void beginAtCommittedPosition({
      member,
      partitions,
      starts: this.#starts ?? new Map(),
      committed: () => committedOffsets(this.#client, topic, consumerGroupId),
      isOurs: (partition) => this.#deliveries.get(partition) === begun.get(partition),
    });
  }

  #revoke(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const delivery = this.#deliveries.get(partition);
      if (delivery) {
        delivery.revoke();
        this.#deliveries.delete(partition);
        this.#endings.set(partition, delivery.ended);
      }
    }
  }

  #delivery(member: GroupMember, partition: number): PartitionDelivery {
    const { definition, options, invoke, log } = this.#parts;
    const { topic, functionKey, batchSize, batchingWindowMs, eventSourceArn, filters } = definition;
    const place = `${topic}-${partition} → ${functionKey}`;
    return new PartitionDelivery({
      origin: {
        topic,
        partition,
        bootstrapServers: options.bootstrapServers,
        ...(eventSourceArn !== undefined && { eventSourceArn }),
      },
      batchSize,
      batchingWindowMs,
      passes: ({ value }) => passesFilters(filters, value),
      invoke,
      commit: (nextOffset) => member.commit(partition, nextOffset),
      pause: () => member.pause(partition),
      resume: () => member.resume(partition),
      after: this.#endings.get(partition) ?? Promise.resolve(),
      report: {
        succeeded: (batch, durationMs, kept) =>
          log.notice(
            attemptLine(
              place,
              batch,
              durationMs,
              kept ? 'succeeded' : 'succeeded, but the partition is no longer ours: not committed',
            ),
          ),
        failed: (batch, durationMs, error, retryInMs) =>
          log.warning(attemptLine(place, batch, durationMs, failureOutcome(error, retryInMs))),
        filteredOut: (records) => this.#filteredCount.add(records),
        warning: (message) => log.warning(`${place}: ${message}`),
      },
    });
  }

  get #client(): ClientSettings {
    return { bootstrapServers: this.#parts.options.bootstrapServers, log: this.#parts.log };
  }
}

/** Waits for a promise, but not longer than `ms`. */
async function within(ms: number, promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([promise, setTimeout(ms, undefined, { ref: false })]);
}
