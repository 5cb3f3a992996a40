import type { MSKEvent } from 'aws-lambda';
import type { MappingDefinition } from '../../src/configuration/mapping-definition.ts';
import { EventSourceMapping } from '../../src/mapping/event-source-mapping.ts';
import { brokers } from './kafka.ts';
import { aLog } from './log.ts';
import { CLUSTER_ARN } from './service.ts';

export interface Invocation {
  readonly partition: number;
  readonly offsets: readonly number[];
  readonly startedMs: number;
  outcome?: 'succeeded' | 'failed';
  endedMs?: number;
}

export interface RecordedMapping {
  readonly mapping: EventSourceMapping;
  readonly invocations: Invocation[];
  /** Log lines behind their level. */
  readonly lines: string[];
  /** How many times a rebalance ended, with whatever it holds since then. */
  holds(): string[];
  /** The offsets of a partition whose invocation succeeded, in the order of success. */
  delivered(partition: number): number[];
}

const started: EventSourceMapping[] = [];

/**
 * Starts a mapping whose function is `handle`, and records each invocation. Small batches and no window unless
 * the parts say otherwise.
 */
export function startMapping(
  parts: Partial<MappingDefinition> & Pick<MappingDefinition, 'topic'>,
  handle: (invocation: Invocation) => Promise<void> = async () => undefined,
  bootstrapServers = brokers,
): RecordedMapping {
  const invocations: Invocation[] = [];
  const { log, lines } = aLog();
  const mapping = new EventSourceMapping({
    definition: {
      logicalId: 'Mapping',
      functionKey: 'work',
      eventSourceArn: CLUSTER_ARN,
      consumerGroupId: `${parts.topic}-group`,
      batchSize: 10,
      batchingWindowMs: 0,
      startingPosition: { type: 'TRIM_HORIZON' },
      filters: [],
      ...parts,
    },
    options: { bootstrapServers, sessionTimeoutMs: 6_000 },
    invoke: async (json) => {
      const invocation = invocationOf(JSON.parse(json));
      invocations.push(invocation);
      try {
        await handle(invocation);
        invocation.outcome = 'succeeded';
      } catch (error) {
        invocation.outcome = 'failed';
        throw error;
      } finally {
        invocation.endedMs = performance.now();
      }
    },
    log,
  });
  started.push(mapping);
  mapping.start();
  return {
    mapping,
    invocations,
    lines,
    holds: () => lines.filter((line) => line.includes(': holds ')),
    delivered: (partition) =>
      invocations
        .filter((invocation) => invocation.partition === partition && invocation.outcome === 'succeeded')
        .flatMap(({ offsets }) => offsets),
  };
}

/** For `afterEach`. */
export async function stopMappings(): Promise<void> {
  await Promise.all(started.splice(0).map((mapping) => mapping.stop()));
}

function invocationOf(event: MSKEvent): Invocation {
  const records = Object.values(event.records).flat();
  return {
    partition: records[0]?.partition ?? -1,
    offsets: records.map(({ offset }) => offset),
    startedMs: performance.now(),
  };
}
