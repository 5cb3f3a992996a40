import type { TopicDescription } from './topic-description.ts';
import type { TopicSettings } from './topics.ts';

/** What one broker's disk can take with it must be on two others, or an acknowledged order is lost. */
export const REPLICATION = 3;
export const MIN_IN_SYNC = 2;

export interface TopicJudgement {
  /** Records could be lost or come out of order: nothing may be deployed on it. */
  readonly faults: readonly string[];
  /** Worth a look. */
  readonly warnings: readonly string[];
}

/**
 * Whether a topic is as Orderly needs it. A test stage may do with fewer copies, which a small cluster has.
 * Each sentence says what is there, why it matters and what to do.
 */
export function validateTopic(
  facts: TopicDescription,
  wanted: TopicSettings,
  { isTest }: { isTest: boolean },
): TopicJudgement {
  const copies = copyFaults(facts);
  return {
    faults: [...partitionFaults(facts, wanted), ...keepingFaults(facts, wanted), ...(isTest ? [] : copies)],
    warnings: [...(isTest ? copies : []), ...sizeWarnings(facts, wanted), ...timeWarnings(facts)],
  };
}

function partitionFaults({ topic, partitions }: TopicDescription, wanted: TopicSettings): string[] {
  return partitions === wanted.partitions
    ? []
    : [
        `Topic ${topic} has ${partitions} partitions instead of ${wanted.partitions}. An order keeps its place only while the number stays, so it is not changed here: make the topic anew when it is empty, or let this stage have topics of its own.`,
      ];
}

function copyFaults({ topic, replication, settings }: TopicDescription): string[] {
  const minInSync = numberOf(settings, 'min.insync.replicas');
  return [
    ...(replication < REPLICATION
      ? [
          `Topic ${topic} has ${replication} of ${REPLICATION} replicas: with a broker's disk acknowledged orders are lost. Reassign its partitions (kafka-reassign-partitions), or delete it while it is empty: the next deployment makes it with ${REPLICATION}.`,
        ]
      : []),
    ...(minInSync !== undefined && minInSync < MIN_IN_SYNC
      ? [
          `Topic ${topic} has min.insync.replicas=${minInSync} instead of ${MIN_IN_SYNC}: an order is acknowledged when only ${minInSync} broker has it. Set it on the topic or in the cluster's configuration.`,
        ]
      : []),
    ...(settings['unclean.leader.election.enable'] === 'true'
      ? [
          `Topic ${topic} has unclean.leader.election.enable=true: a broker that lags may become the leader, and what it lacks is lost. Set it to false.`,
        ]
      : []),
  ];
}

function keepingFaults({ topic, settings }: TopicDescription, { retentionMs }: TopicSettings): string[] {
  const kept = numberOf(settings, 'retention.ms');
  const keptBytes = numberOf(settings, 'retention.bytes');
  const policy = settings['cleanup.policy'];
  return [
    ...(kept !== undefined && kept !== -1 && kept < retentionMs
      ? [
          `Topic ${topic} has retention.ms=${kept} instead of ${retentionMs}: records are deleted after ${hours(kept)} h, processed or not. Raise it to ${retentionMs}.`,
        ]
      : []),
    ...(keptBytes !== undefined && keptBytes !== -1
      ? [
          `Topic ${topic} has retention.bytes=${keptBytes}: a partition that grows beyond it loses its oldest records before their time, processed or not. Set it to -1, which is no limit.`,
        ]
      : []),
    ...(policy !== undefined && policy !== 'delete'
      ? [
          `Topic ${topic} has cleanup.policy=${policy} instead of delete: compaction keeps only the last record of an order. Set it to delete.`,
        ]
      : []),
  ];
}

function sizeWarnings(
  { topic, settings }: TopicDescription,
  { maxMessageBytes = 0 }: TopicSettings,
): string[] {
  const largest = numberOf(settings, 'max.message.bytes');
  return largest !== undefined && largest < maxMessageBytes
    ? [
        `Topic ${topic} has max.message.bytes=${largest} instead of ${maxMessageBytes}: the largest records are refused.`,
      ]
    : [];
}

/** Processing does not rest on it, so the topic of a producer that was there before may stay as it is. */
function timeWarnings({ topic, settings }: TopicDescription): string[] {
  const type = settings['message.timestamp.type'];
  return type !== undefined && type !== 'LogAppendTime'
    ? [
        `Topic ${topic} has message.timestamp.type=${type} instead of LogAppendTime: the time of a record is what its producer says, so the age of what waits can be wrong, and a group that is set back to a time can miss records. Set it to LogAppendTime.`,
      ]
    : [];
}

function numberOf(settings: Readonly<Record<string, string>>, name: string): number | undefined {
  const value = settings[name];
  return value === undefined ? undefined : Number(value);
}

const hours = (ms: number): number => Math.floor(ms / 3_600_000);
