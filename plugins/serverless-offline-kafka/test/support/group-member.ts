import type { KafkaRecord } from '../../src/delivery/kafka-event.ts';
import type { Security } from '../../src/kafka/cluster-settings.ts';
import { type GroupMember, joinGroup } from '../../src/kafka/group-member.ts';
import { brokers } from './kafka.ts';
import { aLog } from './log.ts';

export interface ReadingMember {
  readonly member: GroupMember;
  readonly records: KafkaRecord[];
  /** Errors of unreachable brokers and unreadable records. */
  readonly failures: Error[];
}

const joined: GroupMember[] = [];

/** Joins the group `<topic>-group` and collects the records. */
export async function joinReading(
  topic: string,
  { bootstrapServers = brokers, security = {} }: { bootstrapServers?: string; security?: Security } = {},
): Promise<ReadingMember> {
  const records: KafkaRecord[] = [];
  const failures: Error[] = [];
  const { log } = aLog();
  const member = await joinGroup(
    {
      bootstrapServers,
      security,
      sessionTimeoutMs: 6_000,
      batchingWindowMs: 0,
      log,
      topic,
      groupId: `${topic}-group`,
    },
    {
      assigned: () => undefined,
      read: (_, read) => records.push(...read),
      passed: () => undefined,
      heartbeat: () => undefined,
      unreachable: (reason) => failures.push(reason),
      unreadable: (_partition, _offset, reason) => failures.push(reason),
    },
  );
  joined.push(member);
  return { member, records, failures };
}

/** Ends all members. Call it in `afterEach`. */
export async function leaveGroups(): Promise<void> {
  await Promise.all(joined.splice(0).map((member) => member.leave()));
}
