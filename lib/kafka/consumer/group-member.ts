import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { createKafkaClient } from '../client.ts';
import { kafkajs } from '../kafkajs/mended-kafkajs.ts';
import { splitUnreadable, type Unreadable } from '../kafkajs/message.ts';
import { PartitionPauses } from '../kafkajs/partition-pauses.ts';
import { positionMetadata, TopicIdentity } from '../kafkajs/topic-identity.ts';
import type { TopicIds } from '../kafkajs/topic-ids.ts';
import type { KafkaSecurity } from '../security.ts';
import { type Place, type RawMessage, rawMessage } from './consumed-message.ts';

export interface MemberSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  readonly topics: readonly string[];
  /** The member ends when a topic has another id. */
  readonly topicIds: TopicIds;
  readonly groupId: string;
}

/** The offset to go on with. */
export interface Position extends Place {
  readonly offset: bigint;
}

export interface MemberListener {
  /** After each rebalance, and before anything is read: the partitions are paused until `begin`. */
  assigned(member: GroupMember, places: readonly Place[]): void;
  /** A rebalance begins; what is committed now still counts. */
  rebalancing(): void;
  /** Messages of one partition in offset order. They count as read when this returns. */
  read(place: Place, messages: readonly RawMessage[]): void;
  /** Called once for each record that cannot be read. Its partition waits, and nothing is skipped. */
  unreadable(reason: OrderlyError): void;
}

/** A member of a consumer group. */
export interface GroupMember {
  /** Reads a partition from this position on. */
  begin(position: Position): void;
  pause(place: Place): void;
  resume(place: Place): void;
  /** Resolves only when the group has these positions. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Resolves when the member is of no use any more: with the reason, or with undefined when it left. */
  readonly ended: Promise<Error | undefined>;
  /** Gives the partitions back. Takes at most 5 s, whatever the brokers do. Idempotent. */
  leave(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** A member that died without leaving is given up after this time, and others get its partitions. */
const SESSION_TIMEOUT_MS = 10_000;
/** By its answer a member hears that the group has changed. */
const HEARTBEAT_INTERVAL_MS = 1_000;
/** A fetch that finds nothing returns after this time, and with it a pause or a stop takes effect. */
const FETCH_WAIT_MS = 250;
const PARTITION_FETCH_BYTES = 1024 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
/** After this time at most, added partitions are found. */
const METADATA_MAX_AGE_MS = 15_000;
const LEAVE_TIMEOUT_MS = 5_000;

/**
 * Joins a consumer group; `leaving` ends the joining and the membership. `read` only takes messages over, so
 * kafkajs sends heartbeats however long a handler runs.
 * @throws what kafkajs throws when the brokers are away, refuse, or do not know a topic
 */
export async function joinGroup(
  settings: MemberSettings,
  leaving: AbortSignal,
  listener: MemberListener,
): Promise<GroupMember> {
  const client = createKafkaClient({ ...settings, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  const identity = new TopicIdentity(settings.topicIds, () => end(new Error('A topic was deleted.')));
  const consumer = client.kafka.consumer({
    groupId: settings.groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: PARTITION_FETCH_BYTES,
    maxBytes: FETCH_BYTES,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    partitionAssigners: [identity.partitionAssigner],
    allowAutoTopicCreation: false,
    retry: {
      // For what brokers answer during a rebalance or a change of leader; all explicit, because kafkajs takes
      // other defaults under NODE_ENV=test. A new start is ours: kafkajs gives up on what it holds for final.
      ...{ initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 10 },
      restartOnFailure: async () => false,
    },
  });
  const pauses = new PartitionPauses({
    pause: (place) => steer(() => consumer.pause([partitionsOf(place)])),
    resume: (place) => steer(() => consumer.resume([partitionsOf(place)])),
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<Error | undefined>();
  let left: Promise<void> | undefined;
  const leave = (): Promise<void> => {
    end(undefined);
    left ??= Promise.race([consumer.disconnect(), delay(LEAVE_TIMEOUT_MS, undefined, { ref: false })])
      .catch(ignore)
      .finally(client.destroy);
    return left;
  };
  leaving.addEventListener('abort', leave);
  const member: GroupMember = {
    begin: ({ topic, partition, offset }) => {
      // The seek comes first: what a fetch under way brings from elsewhere is then dropped.
      steer(() => consumer.seek({ topic, partition, offset: String(offset) }));
      member.resume({ topic, partition });
    },
    pause: (place) => pauses.pause(place),
    resume: (place) => pauses.resume(place),
    commit: (positions) => commit(consumer, positions, settings.topicIds),
    ended,
    leave,
  };

  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    const places = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    for (const place of places) {
      member.pause(place);
    }
    listener.assigned(member, places);
  });
  consumer.on(consumer.events.FETCH, ({ payload }) => identity.fetched(payload.nodeId));
  consumer.on(consumer.events.REBALANCING, () => listener.rebalancing());
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    client.destroy();
    const reason = client.reasonOf(payload.error);
    end(Error.isError(reason) ? reason : payload.error);
  });

  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...settings.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false, // it would skip a record that cannot be read
      eachBatch: async ({ batch, isStale, resolveOffset }) => {
        if (!(await identity.isSame()) || isStale() || pauses.isPaused(batch)) {
          return;
        }
        const place: Place = { topic: batch.topic, partition: batch.partition };
        const { readable, unreadable } = splitUnreadable(batch.messages);
        listener.read(
          place,
          readable.map((message) => rawMessage(place, message)),
        );
        const last = unreadable === undefined ? batch.lastOffset() : readable.at(-1)?.offset;
        if (last !== undefined) {
          resolveOffset(last);
        }
        if (unreadable !== undefined && pauses.pauseUnreadable(place, unreadable.offset)) {
          listener.unreadable(unreadableRecord(place, unreadable));
        }
      },
    });
  } catch (error) {
    await leave();
    throw client.reasonOf(error);
  } finally {
    void ended.then(() => leaving.removeEventListener('abort', leave));
  }
  identity.watch();
  void ended.then(() => identity.close());
  return member;
}

function unreadableRecord(
  { topic, partition }: Place,
  { offset, nextOffset, cause }: Unreadable,
): OrderlyError {
  const reason = Error.isError(cause) ? cause.message : String(cause);
  return new OrderlyError(
    'unreadable_record',
    `The record at ${topic}-${partition}@${offset} cannot be read (${reason}): delete the records before offset ${nextOffset} with kafka-delete-records. Its partition waits and is retried every 5 s.`,
    { cause, details: { topic, partition, offset: String(offset) } },
  );
}

const partitionsOf = ({ topic, partition }: Place): { topic: string; partitions: number[] } => ({
  topic,
  partitions: [partition],
});

/** kafkajs resolves commits of a member that has just ended, too; only the event says that a broker has it. */
async function commit(
  consumer: kafkajs.Consumer,
  positions: readonly Position[],
  topicIds: TopicIds,
): Promise<void> {
  let acknowledged = false;
  const unsubscribe = consumer.on(consumer.events.COMMIT_OFFSETS, () => {
    acknowledged = true;
  });
  try {
    await consumer.commitOffsets(
      positions.map(({ topic, partition, offset }) => ({
        topic,
        partition,
        offset: String(offset),
        metadata: positionMetadata(topicIds, topic),
      })),
    );
  } finally {
    unsubscribe();
  }
  if (!acknowledged) {
    throw new Error('The member ended before the group had its positions.');
  }
}

/** kafkajs throws when the member has just ended; its partitions are then begun anew by the next one. */
function steer(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) {
      throw error;
    }
  }
}

const ignore = (): void => undefined;
