import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaRecord } from '../delivery/kafka-event.ts';
import { EventSourceError, messageOf } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { FetchPause } from './fetch-pause.ts';
import { kafkaRecord } from './kafka-record.ts';
import { splitUnreadable, type Unreadable } from './kafkajs/message.ts';
import { PartitionPauses } from './kafkajs/partition-pauses.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';
import { positionMetadata, TopicIdentity } from './kafkajs/topic-identity.ts';
import type { TopicIds } from './kafkajs/topic-ids.ts';

export interface MemberSettings extends ClientSettings {
  readonly topic: string;
  /** The topic's id. With it the member ends when the topic is deleted; without it the member cannot detect that. */
  readonly topicIds?: TopicIds;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  /** The time for which records may wait before they are delivered. */
  readonly batchingWindowMs: number;
}

export interface Assignment {
  /** Changes when the group has removed this member and it has joined again. */
  readonly memberId: string;
  readonly partitions: readonly number[];
}

export interface MemberListener {
  /**
   * Called after each rebalance, before records are read. Each position is then the committed offset, else the beginning of
   * the partition.
   */
  assigned(member: GroupMember, assignment: Assignment): void;
  /** Called with records of one partition in offset order. They count as read when it returns. */
  read(partition: number, records: readonly KafkaRecord[]): void;
  /** Called when reading has passed this offset, including transaction markers and compacted records. */
  passed(partition: number, nextOffset: number): void;
  /** Called once for each record that cannot be read. Its partition waits, and nothing is skipped. */
  unreadable(partition: number, offset: number, reason: EventSourceError): void;
  /** Called when the group coordinator has responded to a heartbeat. */
  heartbeat(): void;
  /** Called when a broker is unreachable. The member retries. */
  unreachable(reason: Error): void;
}

/** A member of a consumer group that reads one topic. */
export interface GroupMember {
  seek(partition: number, offset: number): void;
  pause(partition: number): void;
  resume(partition: number): void;
  commit(partition: number, nextOffset: number): Promise<void>;
  /** Resolves when the member has ended: with the error, or with undefined after `leave`. */
  readonly ended: Promise<Error | undefined>;
  leave(): Promise<void>;
}

/**
 * About a minute. A member that survives a broker's restart keeps its partitions and its records in flight. A new member
 * must wait until the session of the old one has expired.
 */
const MEMBER_RETRIES = 60;
/** A fetch without records returns after this time. Pauses and stops take effect between fetches. */
const FETCH_WAIT_MS = 250;
/**
 * The longest pause in a fetch with few records, and its share of the batching window. Without a pause, each record of a
 * moderate load causes a fetch of its own, which costs the broker and this process more than the record.
 * Several brokers pause one after the other.
 */
const MAX_PAUSE_MS = 20;
const PAUSE_SHARE = 0.1;
const PARTITION_FETCH_BYTES = 1024 * 1024;
const FETCH_BYTES = 8 * 1024 * 1024;
/** Added partitions are found within this time. */
const METADATA_MAX_AGE_MS = 15_000;

/**
 * Joins a consumer group. kafkajs sends heartbeats between fetches, even while a function runs, because `read` only queues
 * the records.
 * @throws the error, when the brokers are unavailable or reject the client
 */
export async function joinGroup(settings: MemberSettings, listener: MemberListener): Promise<GroupMember> {
  const { topic, topicIds = new Map(), groupId, sessionTimeoutMs, batchingWindowMs } = settings;
  const pauseMs = Math.min(MAX_PAUSE_MS, Math.floor(batchingWindowMs * PAUSE_SHARE));
  const fetchPause = new FetchPause();
  const { unreachable } = listener;
  const quit = (reason: EventSourceError): void => {
    void consumer.disconnect().then(
      () => end(reason),
      () => end(reason),
    );
  };
  const identity = new TopicIdentity(topicIds, () =>
    quit(new EventSourceError('topic_deleted', 'the topic was deleted')),
  );
  let sessionEndsMs = Number.POSITIVE_INFINITY;
  const extendSession = (): void => {
    sessionEndsMs = performance.now() + sessionTimeoutMs;
  };
  // kafkajs retries requests to its group coordinator for minutes, and does not look for another one. After the session, the
  // group has removed the member, so it loses nothing. A new client knows only brokers that respond.
  const abandons = (): boolean => {
    const hasLostSession = performance.now() > sessionEndsMs;
    if (hasLostSession) {
      quit(new EventSourceError('brokers_unreachable', 'the group coordinator does not respond'));
    }
    return hasLostSession;
  };
  const consumer = createClient(settings, { retries: MEMBER_RETRIES, unreachable, abandons }).consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: sessionTimeoutMs / 3,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: PARTITION_FETCH_BYTES,
    maxBytes: FETCH_BYTES,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    partitionAssigners: [identity.partitionAssigner],
    allowAutoTopicCreation: false,
    // The mapping restarts the member itself: kafkajs does not restart after errors that it considers permanent.
    retry: { restartOnFailure: async () => false },
  });
  let end: (error: Error | undefined) => void = () => undefined;
  const ended = new Promise<Error | undefined>((resolve) => {
    end = resolve;
  });
  const selection = (partition: number): { topic: string; partitions: number[] }[] => [
    { topic, partitions: [partition] },
  ];
  const pauses = new PartitionPauses({
    pause: ({ partition }) => unlessCrashed(() => consumer.pause(selection(partition))),
    resume: ({ partition }) => unlessCrashed(() => consumer.resume(selection(partition))),
  });
  const member: GroupMember = {
    seek: (partition, offset) =>
      unlessCrashed(() => consumer.seek({ topic, partition, offset: String(offset) })),
    pause: (partition) => pauses.pause({ topic, partition }),
    resume: (partition) => pauses.resume({ topic, partition }),
    commit: (partition, nextOffset) =>
      consumer.commitOffsets([
        { topic, partition, offset: String(nextOffset), metadata: positionMetadata(topicIds, topic) },
      ]),
    ended,
    leave: async () => {
      end(undefined);
      await consumer.disconnect();
    },
  };

  const { GROUP_JOIN, HEARTBEAT, FETCH, END_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
    extendSession();
    listener.assigned(member, { memberId, partitions: memberAssignment[topic] ?? [] });
  });
  consumer.on(HEARTBEAT, () => {
    extendSession();
    listener.heartbeat();
  });
  consumer.on(END_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
    if (batchSize === 0 && !pauses.isPaused({ topic, partition })) {
      listener.passed(partition, Number(lastOffset) + 1); // kafkajs does not call `eachBatch` for an empty batch
    }
  });
  consumer.on(FETCH, ({ payload }) => {
    identity.fetched(payload.nodeId);
    fetchPause.fetched();
  });
  consumer.on(CRASH, ({ payload }) => end(crashReason(clientFailure(payload.error, settings))));

  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false, // automatic resolving would skip an unreadable record
      eachBatch: async ({ batch, isStale, resolveOffset }) => {
        // A rebalance can have changed the position of the partition.
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
        if (unreadable !== undefined && pauses.pauseUnreadable({ topic, partition }, unreadable.offset)) {
          const reason = unreadableRecord(topic, partition, unreadable);
          listener.unreadable(partition, Number(unreadable.offset), reason);
        }
        if (fetchPause.isDueAfter(readable.length) && pauseMs > 0) {
          await delay(pauseMs);
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

/** Ignores the error that kafkajs throws after the consumer has crashed: the next member sets its positions itself. */
function unlessCrashed(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) {
      throw error;
    }
  }
}
