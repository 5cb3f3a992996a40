import kafkajs from 'kafkajs';
import type { KafkaRecord } from '../delivery/kafka-event.ts';
import { EventSourceError } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { kafkaRecord } from './kafka-record.ts';

export interface MemberSettings extends ClientSettings {
  readonly topic: string;
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
  const { topic, groupId, sessionTimeoutMs } = settings;
  const { unreachable } = listener;
  const consumer = createClient(settings, { retries: MEMBER_RETRIES, unreachable }).consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: sessionTimeoutMs / 3,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: PARTITION_FETCH_BYTES,
    maxBytes: FETCH_BYTES,
    metadataMaxAge: METADATA_MAX_AGE_MS,
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
  const member: GroupMember = {
    seek: (partition, offset) => steer(() => consumer.seek({ topic, partition, offset: String(offset) })),
    pause: (partition) => steer(() => consumer.pause(one(partition))),
    resume: (partition) => steer(() => consumer.resume(one(partition))),
    commit: (partition, nextOffset) =>
      consumer.commitOffsets([{ topic, partition, offset: String(nextOffset) }]),
    ended,
    leave: async () => {
      end(undefined);
      await consumer.disconnect();
    },
  };

  const { GROUP_JOIN, HEARTBEAT, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) =>
    listener.assigned(member, { memberId, partitions: memberAssignment[topic] ?? [] }),
  );
  consumer.on(HEARTBEAT, () => listener.heartbeat());
  consumer.on(CRASH, ({ payload }) => end(crashReason(clientFailure(payload.error, settings))));

  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => listener.read(batch.partition, batch.messages.map(kafkaRecord)),
    });
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw clientFailure(error, settings);
  }
  return member;
}

function crashReason(cause: Error): EventSourceError {
  if (cause instanceof EventSourceError) {
    return cause;
  }
  const [, codec] = /^(\w+) compression not implemented/i.exec(cause.message) ?? [];
  return codec === undefined
    ? new EventSourceError('consumer_stopped', cause.message, { cause })
    : new EventSourceError(
        'unreadable_records',
        `there are records compressed with ${codec.toLowerCase()}, which cannot be read here; let the broker ` +
          `repack what arrives (\`compression.type\` of the topic: gzip, zstd or uncompressed), and delete these`,
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
