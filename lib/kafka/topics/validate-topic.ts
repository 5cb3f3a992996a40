import type { TopicSettings } from './topics.ts';

/** The loss of one broker's disk must not lose an acknowledged order. */
export const REPLICATION_FACTOR = 3;
export const MIN_IN_SYNC_REPLICAS = 2;

/** The properties of a topic that decide whether records can be lost or reordered. */
export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  /** The lowest number of replicas of a partition. */
  readonly replication: number;
  /** By name, with the defaults of the brokers. A setting that the cluster does not report is absent. */
  readonly settings: Readonly<Record<string, string>>;
}

interface TopicValidation {
  /** Records can be lost or reordered: a deployment must fail. */
  readonly faults: readonly string[];
  /** To be checked by a person; the deployment continues. */
  readonly warnings: readonly string[];
}

/**
 * Validates a topic against the settings that Orderly needs. For a test stage, too few replicas are only a warning, because
 * a small cluster cannot have more. Each message names the fault, its consequence and the remedy.
 */
export function validateTopic(
  topic: TopicDescription,
  wanted: TopicSettings,
  { isTest }: { isTest: boolean },
): TopicValidation {
  const replication = replicationFaults(topic);
  return {
    faults: [
      ...partitionFaults(topic, wanted),
      ...retentionFaults(topic, wanted),
      ...(isTest ? [] : replication),
    ],
    warnings: [...(isTest ? replication : []), ...sizeWarnings(topic, wanted), ...timestampWarnings(topic)],
  };
}

function partitionFaults({ topic, partitions }: TopicDescription, wanted: TopicSettings): string[] {
  return partitions === wanted.partitions
    ? []
    : [
        `Topic ${topic} has ${partitions} partitions instead of ${wanted.partitions}. Order per key holds only while this number stays the same, so a deployment does not change it. Delete and recreate the topic while it is empty, or use other topics for this stage.`,
      ];
}

function replicationFaults({ topic, replication, settings }: TopicDescription): string[] {
  const minInSync = numberOf(settings, 'min.insync.replicas');
  return [
    ...(replication < REPLICATION_FACTOR
      ? [
          `Topic ${topic} has ${replication} of ${REPLICATION_FACTOR} replicas: the loss of a broker's disk can lose acknowledged orders. Reassign its partitions (kafka-reassign-partitions), or delete it while it is empty: the next deployment creates it with ${REPLICATION_FACTOR}.`,
        ]
      : []),
    ...(minInSync !== undefined && minInSync < MIN_IN_SYNC_REPLICAS
      ? [
          `Topic ${topic} has min.insync.replicas=${minInSync} instead of ${MIN_IN_SYNC_REPLICAS}: an order is acknowledged when only ${minInSync} broker has stored it. Set it on the topic or in the cluster's configuration.`,
        ]
      : []),
    ...(settings['unclean.leader.election.enable'] === 'true'
      ? [
          `Topic ${topic} has unclean.leader.election.enable=true: a broker that lags can become the leader, and the records that it lacks are lost. Set it to false.`,
        ]
      : []),
  ];
}

function retentionFaults({ topic, settings }: TopicDescription, { retentionMs }: TopicSettings): string[] {
  const kept = numberOf(settings, 'retention.ms');
  const retentionBytes = numberOf(settings, 'retention.bytes');
  const policy = settings['cleanup.policy'];
  return [
    ...(kept !== undefined && kept !== -1 && kept < retentionMs
      ? [
          `Topic ${topic} has retention.ms=${kept} instead of ${retentionMs}: records are deleted after ${hours(kept)} h, even unprocessed ones. Raise it to ${retentionMs}.`,
        ]
      : []),
    ...(retentionBytes !== undefined && retentionBytes !== -1
      ? [
          `Topic ${topic} has retention.bytes=${retentionBytes}: a partition that grows beyond this size loses its oldest records, even unprocessed ones. Set it to -1, which means no limit.`,
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
        `Topic ${topic} has max.message.bytes=${largest} instead of ${maxMessageBytes}: the brokers reject the largest records.`,
      ]
    : [];
}

/** Only a warning, because processing does not depend on the timestamp type and an existing topic may have another one. */
function timestampWarnings({ topic, settings }: TopicDescription): string[] {
  const type = settings['message.timestamp.type'];
  return type !== undefined && type !== 'LogAppendTime'
    ? [
        `Topic ${topic} has message.timestamp.type=${type} instead of LogAppendTime: the producer sets the timestamps, so the lag age can be wrong, and a group that is reset to a time can miss records. Set it to LogAppendTime.`,
      ]
    : [];
}

function numberOf(settings: Readonly<Record<string, string>>, name: string): number | undefined {
  const value = settings[name];
  return value === undefined ? undefined : Number(value);
}

const hours = (ms: number): number => Math.floor(ms / 3_600_000);
