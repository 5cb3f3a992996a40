import type { KafkaRecord } from '../delivery/kafka-event.ts';
import { EventSourceError, messageOf } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { kafkaRecord } from './kafka-record.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { splitUnreadable, type Unreadable } from './kafkajs/message.ts';
import { PartitionPauses } from './kafkajs/partition-pauses.ts';
import { positionNote, TopicIdentity } from './kafkajs/topic-identity.ts';
import type { TopicIds } from './kafkajs/topic-ids.ts';

export interface MemberSettings extends ClientSettings {
  readonly topic: string;
  /** The topic's id. With it the member ends when the topic is deleted; without it the member cannot detect that. */
  readonly topicIds?: TopicIds;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
}

export interface Assignment {
  /** Stays the same as long as the group has not lost sight of this member. */
  readonly memberId: string;
  readonly partitions: readonly number[];
}

export interface MemberListener {
  /**
   * After each rebalance, before anything is read from the partitions. Every position is then back at what
   * the group has committed, else at the partition's beginning.
   */
  assigned(member: GroupMember, assignment: Assignment): void;
  /** Records of one partition in offset order. They count as read when this returns. */
  read(partition: number, records: readonly KafkaRecord[]): void;
  /** Everything before this offset was read, including markers of transactions and compacted records. */
  passed(partition: number, nextOffset: number): void;
  /** Called once for each record that cannot be read. Its partition waits, and nothing is skipped. */
  unreadable(partition: number, offset: number, reason: EventSourceError): void;
  /** The group's coordinator has answered a heartbeat. */
  heartbeat(): void;
  /** A broker could not be reached; the member goes on trying. */
  unreachable(reason: Error): void;
}

/** A member of a consumer group that reads one topic. */
export interface GroupMember {
  seek(partition: number, offset: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
  commit(partition: number, nextOffset: number): Promise<void>;
  /** Resolves when this member is of no use any more: with the error, or with undefined after `leave`. */
  readonly ended: Promise<Error | undefined>;
  leave(): Promise<void>;
}

/**
 * About a minute. A member that outlives a broker's restart stays the same to the group and keeps what it has
 * in flight; a new one must wait until the group has given up the old.
 */
const MEMBER_RETRIES = 60;
/** A fetch that finds nothing returns after this time, and with it a pause or a stop takes effect. */
const FETCH_WAIT_MS = 250;
const PARTITION_FETCH_BYTES = 1024 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
/** After this time at most, added partitions are found. */
const METADATA_MAX_AGE_MS = 15_000;

/**
 * Joins a consumer group. kafkajs then heartbeats by itself between fetches, however long a function runs,
 * because `read` only takes the records over.
 * @throws the reason, when the brokers are away or refuse
 */
export async function joinGroup(settings: MemberSettings, listener: MemberListener): Promise<GroupMember> {
  const { topic, topicIds = new Map(), groupId, sessionTimeoutMs } = settings;
  const { unreachable } = listener;
  const identity = new TopicIdentity(topicIds, () => {
    const deleted = new EventSourceError('topic_deleted', 'the topic was deleted');
    void consumer.disconnect().then(
      () => end(deleted),
      () => end(deleted),
    );
  });
  const consumer = createClient(settings, { retries: MEMBER_RETRIES, unreachable }).consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: sessionTimeoutMs / 3,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: PARTITION_FETCH_BYTES,
    maxBytes: FETCH_BYTES,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    partitionAssigners: [identity.partitionAssigner],
    allowAutoTopicCreation: false,
    // a new start is ours: kafkajs would give up on errors that it holds for final
    retry: { restartOnFailure: async () => false },
  });
  let end: (error: Error | undefined) => void = () => undefined;
  const ended = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  const one = (partition: number): { topic: string; partitions: number[] }[] => [
    { topic, partitions: [partition] },
  ];
  const pauses = new PartitionPauses({
    pause: ({ partition }) => steer(() => consumer.pause(one(partition))),
    resume: ({ partition }) => steer(() => consumer.resume(one(partition))),
  });
  const member: GroupMember = {
    seek: (partition, offset) => steer(() => consumer.seek({ topic, partition, offset: String(offset) })),
    pause: (partition) => pauses.pause({ topic, partition }),
    resume: (partition) => pauses.resume({ topic, partition }),
    commit: (partition, nextOffset) =>
      consumer.commitOffsets([
        { topic, partition, offset: String(nextOffset), metadata: positionNote(topicIds, topic) },
      ]),
    ended,
    leave: async () => {
      end(undefined);
      await consumer.disconnect();
    },
  };

  const { GROUP_JOIN, HEARTBEAT, FETCH, END_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) =>
    listener.assigned(member, { memberId, partitions: memberAssignment[topic] ?? [] }),
  );
  consumer.on(HEARTBEAT, () => listener.heartbeat());
  consumer.on(END_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
    if (batchSize === 0 && !pauses.isPaused({ topic, partition })) {
      listener.passed(partition, Number(lastOffset) + 1); // `eachBatch` is not called for it
    }
  });
  consumer.on(FETCH, ({ payload }) => identity.fetched(payload.nodeId));
  consumer.on(CRASH, ({ payload }) => end(crashReason(clientFailure(payload.error, settings))));

  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false, // it would skip a record that cannot be read
      eachBatch: async ({ batch, isStale, resolveOffset }) => {
        // a rebalance may have restarted the partition at another position
        if (!(await identity.isSame()) || isStale() || pauses.isPaused(batch)) {
          return;
        }
        const { partition } = batch;
        const { readable, unreadable } = splitUnreadable(batch.messages);
        listener.read(partition, readable.map(kafkaRecord));
        const last = unreadable === undefined ? batch.lastOffset() : readable.at(-1)?.offset;
        if (last !== undefined) {
          resolveOffset(last);
          listener.passed(partition, Number(last) + 1);
        }
        if (unreadable !== undefined && pauses.wait({ topic, partition }, unreadable.offset)) {
          const reason = unreadableRecord(topic, partition, unreadable);
          listener.unreadable(partition, Number(unreadable.offset), reason);
        }
      },
    });
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw clientFailure(error, settings);
  }
  identity.watch();
  void ended.then(() => identity.close());
  return member;
}

function crashReason(cause: Error): EventSourceError {
  return cause instanceof EventSourceError
    ? cause
    : new EventSourceError('consumer_stopped', cause.message, { cause });
}

function unreadableRecord(
  topic: string,
  partition: number,
  { offset, nextOffset, cause }: Unreadable,
): EventSourceError {
  return new EventSourceError(
    'unreadable_records',
    `the record at ${topic}-${partition}@${offset} cannot be read (${messageOf(cause)}): delete the records before offset ${nextOffset} with kafka-delete-records. Its partition waits and is retried every 5 s`,
    { cause },
  );
}

/** kafkajs throws when it has just crashed; the member is lost then, and the next one is steered anew. */
function steer(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) {
      throw error;
    }
  }
}
