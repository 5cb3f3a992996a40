import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import { EventSourceError, messageOf } from '../errors.ts';
import { groupPositions, type PartitionPosition } from '../kafka/group-offsets.ts';
import type { Log } from '../serverless.ts';

/** How far a mapping is behind. */
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
  /** Records that are there and not committed. */
  readonly lag: number;
}

type Mapping = Pick<MappingDefinition, 'topic' | 'functionKey' | 'consumerGroupId' | 'cluster'>;

/**
 * Asks the brokers how far each mapping is behind, whether or not the mappings run.
 * @throws EventSourceError, in one line, when brokers are away or refuse
 */
export async function readLag(mappings: readonly Mapping[], log: Log): Promise<MappingLag[]> {
  const outcomes = await Promise.allSettled(mappings.map((mapping) => mappingLag(mapping, log)));
  const lags = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (lags.length < outcomes.length) {
    const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    const told = [...new Set(reasons.map(messageOf))].join('; ');
    const known = reasons.find((reason) => reason instanceof EventSourceError);
    throw new EventSourceError(known?.code ?? 'brokers_unreachable', `The lag is not known: ${told}`, {
      cause: reasons[0],
    });
  }
  return lags;
}

async function mappingLag(mapping: Mapping, log: Log): Promise<MappingLag> {
  const { topic, functionKey, consumerGroupId: group, cluster } = mapping;
  const place = { topic, function: functionKey, group };
  try {
    const partitions = (await groupPositions({ ...cluster, log }, topic, group)).map(partitionLag);
    return { ...place, lag: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
  } catch (error) {
    if (error instanceof EventSourceError && error.code === 'topic_not_found') {
      return { ...place, lag: null, partitions: [] };
    }
    throw error;
  }
}

/** Records that were deleted before they were processed are not waited for any more. */
export function partitionLag({ partition, begin, end, committed }: PartitionPosition): PartitionLag {
  const lag = Math.max(0, end - Math.max(committed ?? begin, begin));
  return { partition, committed: committed ?? null, end, lag };
}
