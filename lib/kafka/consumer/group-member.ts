import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { createKafkaClient } from '../client.ts';
import { splitUnreadable, type Unreadable } from '../kafkajs/message.ts';
import { PartitionPauses } from '../kafkajs/partition-pauses.ts';
import { kafkajs } from '../kafkajs/patched-kafkajs.ts';
import { positionMetadata, TopicIdentity } from '../kafkajs/topic-identity.ts';
import type { TopicIds } from '../kafkajs/topic-ids.ts';
import type { KafkaSecurity } from '../security.ts';
import { type RawMessage, rawMessage, type TopicPartition } from './consumed-message.ts';

export interface MemberSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security?: KafkaSecurity | undefined;
  readonly topics: readonly string[];
  /** The membership ends if a topic gets another id. */
  readonly topicIds: TopicIds;
  readonly groupId: string;
}

/** The next offset to read. */
export interface Position extends TopicPartition {
  readonly offset: bigint;
}

export interface MemberListener {
  /** Called after each rebalance, before any message is read. The partitions are paused until `begin`. */
  assigned(member: GroupMember, partitions: readonly TopicPartition[]): void;
  /** Called when a rebalance begins. Commits still succeed. */
  rebalancing(): void;
  /** Receives messages of one partition in offset order. They count as read when this returns. */
  read(partition: TopicPartition, messages: readonly RawMessage[]): void;
  /** Called once for each record that cannot be read. Its partition waits, and nothing is skipped. */
  unreadable(reason: OrderlyError): void;
}

/** A member of a consumer group. */
export interface GroupMember {
  /** Starts to read a partition at this position. */
  begin(position: Position): void;
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /** Resolves when the group has stored these positions. */
  commit(positions: readonly Position[]): Promise<void>;
  /** Resolves when the membership has ended: to the reason, or to undefined after `leave`. */
  readonly ended: Promise<Error | undefined>;
  /** Leaves the group and releases the partitions. Takes at most 5 s, also if brokers do not respond. Idempotent. */
  leave(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
/** The group removes a member without heartbeats after this time, and reassigns its partitions. */
const SESSION_TIMEOUT_MS = 10_000;
/** The response to a heartbeat reports a rebalance of the group to the member. */
const HEARTBEAT_INTERVAL_MS = 1_000;
/**
 * A member without an answer from its coordinator ends after this time, and joins again through another broker. By then, the
 * group has removed it. kafkajs alone would retry a frozen coordinator for minutes. Longer than a rebalance, which lasts until
 * the session of a lost member has expired.
 */
const COORDINATOR_TIMEOUT_MS = 2 * SESSION_TIMEOUT_MS;
/** An empty fetch returns after this time; a pause or a stop takes effect with the end of a fetch. */
const FETCH_WAIT_MS = 250;
const PARTITION_FETCH_BYTES = 1024 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
/** Added partitions are found within this time. */
const METADATA_MAX_AGE_MS = 15_000;
const LEAVE_TIMEOUT_MS = 5_000;

/**
 * Joins a consumer group. `leaving` aborts the joining and ends the membership. `read` must only enqueue messages, so
 * that kafkajs sends heartbeats also while a handler runs for long.
 * @throws kafkajs' error if the brokers are unavailable, reject the request, or do not have a topic
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
      // For errors during a rebalance or a change of leader. All values are explicit, because kafkajs has other
      // defaults under NODE_ENV=test. The subscription joins again itself, because kafkajs does not retry after errors
      // that it considers final.
      ...{ initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 10 },
      restartOnFailure: async () => false,
    },
  });
  const pauses = new PartitionPauses({
    pause: (partition) => ignoreEnded(() => consumer.pause([partitionsOf(partition)])),
    resume: (partition) => ignoreEnded(() => consumer.resume([partitionsOf(partition)])),
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
  const silence = setTimeout(() => {
    client.destroy();
    end(new Error(`The group coordinator has not answered for ${COORDINATOR_TIMEOUT_MS / 1_000} s.`));
  }, COORDINATOR_TIMEOUT_MS).unref();
  const answered = (): void => void silence.refresh();
  const member: GroupMember = {
    begin: ({ topic, partition, offset }) => {
      // Seeks before it resumes, so that kafkajs drops the result of a fetch from the former position.
      ignoreEnded(() => consumer.seek({ topic, partition, offset: String(offset) }));
      member.resume({ topic, partition });
    },
    pause: (partition) => pauses.pause(partition),
    resume: (partition) => pauses.resume(partition),
    commit: (positions) => commit(consumer, positions, settings.topicIds),
    ended,
    leave,
  };

  consumer.on(consumer.events.HEARTBEAT, answered);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    answered();
    const partitions = Object.entries(memberAssignment).flatMap(([topic, indexes]) =>
      indexes.map((partition) => ({ topic, partition })),
    );
    for (const partition of partitions) {
      member.pause(partition);
    }
    listener.assigned(member, partitions);
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
      eachBatchAutoResolve: false, // would skip an unreadable record
      eachBatch: async ({ batch, isStale, resolveOffset }) => {
        if (!(await identity.isSame()) || isStale() || pauses.isPaused(batch)) {
          return;
        }
        const partition: TopicPartition = { topic: batch.topic, partition: batch.partition };
        const { readable, unreadable } = splitUnreadable(batch.messages);
        listener.read(
          partition,
          readable.map((message) => rawMessage(partition, message)),
        );
        const last = unreadable === undefined ? batch.lastOffset() : readable.at(-1)?.offset;
        if (last !== undefined) {
          resolveOffset(last);
        }
        if (unreadable !== undefined && pauses.pauseUnreadable(partition, unreadable.offset)) {
          listener.unreadable(unreadableRecord(partition, unreadable));
        }
      },
    });
  } catch (error) {
    await leave();
    throw client.reasonOf(error);
  } finally {
    void ended.then(() => {
      leaving.removeEventListener('abort', leave);
      clearTimeout(silence);
    });
  }
  identity.watch();
  void ended.then(() => identity.close());
  return member;
}

function unreadableRecord(
  { topic, partition }: TopicPartition,
  { offset, nextOffset, cause }: Unreadable,
): OrderlyError {
  const reason = Error.isError(cause) ? cause.message : String(cause);
  return new OrderlyError(
    'unreadable_record',
    `The record at ${topic}-${partition}@${offset} cannot be read (${reason}): delete the records before offset ${nextOffset} with kafka-delete-records. Its partition waits and is retried every 5 s.`,
    { cause, details: { topic, partition, offset: String(offset) } },
  );
}

const partitionsOf = ({ topic, partition }: TopicPartition): { topic: string; partitions: number[] } => ({
  topic,
  partitions: [partition],
});

/** Waits for the event of kafkajs, because its commit also resolves for a member that has just ended. */
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
    throw new Error('The membership ended before the positions were committed.');
  }
}

/** Ignores the error of kafkajs if the membership has just ended: the next member starts its partitions again. */
function ignoreEnded(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) {
      throw error;
    }
  }
}

const ignore = (): void => undefined;
