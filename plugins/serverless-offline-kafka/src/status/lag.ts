import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import { EventSourceError, messageOf } from '../errors.ts';
import { groupPositions, type PartitionPosition } from '../kafka/group-offsets.ts';
import type { Log } from '../serverless.ts';

/** The lag of a mapping. */
export interface MappingLag {
  readonly topic: string;
  readonly function: string;
  readonly group: string;
  /** The sum over the partitions; null when the topic does not exist. */
  readonly lag: number | null;
  readonly partitions: readonly PartitionLag[];
}

export interface PartitionLag {
  readonly partition: number;
  /** The offset after the last record that counts as processed; null when the group has committed nothing. */
  readonly committed: number | null;
  readonly end: number;
  /** The number of existing records that are not committed. */
  readonly lag: number;
}

type Mapping = Pick<MappingDefinition, 'topic' | 'functionKey' | 'consumerGroupId' | 'cluster'>;

/**
 * Reads the lag of each mapping from the brokers, whether or not the mappings run.
 * @throws EventSourceError, in one line, when the brokers are unavailable or reject the client
 */
export async function readLag(mappings: readonly Mapping[], log: Log): Promise<MappingLag[]> {
  const outcomes = await Promise.allSettled(mappings.map((mapping) => mappingLag(mapping, log)));
  const lags = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (lags.length < outcomes.length) {
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    const messages = [...new Set(reasons.map(messageOf))].join('; ');
    const known = reasons.find((reason) => reason instanceof EventSourceError);
    throw new EventSourceError(known?.code ?? 'brokers_unreachable', `The lag is unknown: ${messages}`, {
      cause: reasons[0],
    });
  }
  return lags;
}

async function mappingLag(mapping: Mapping, log: Log): Promise<MappingLag> {
  const { topic, functionKey, consumerGroupId: group, cluster } = mapping;
  const mappingId = { topic, function: functionKey, group };
  try {
    const partitions = (await groupPositions({ ...cluster, log }, topic, group)).map(partitionLag);
    return { ...mappingId, lag: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
  } catch (error) {
    if (error instanceof EventSourceError && error.code === 'topic_not_found') {
      return { ...mappingId, lag: null, partitions: [] };
    }
    throw error;
  }
}

/** Returns the lag of a partition. Deleted records do not count. */
export function partitionLag({ partition, begin, end, committed }: PartitionPosition): PartitionLag {
  const lag = Math.max(0, end - Math.max(committed ?? begin, begin));
  return { partition, committed: committed ?? null, end, lag };
}
