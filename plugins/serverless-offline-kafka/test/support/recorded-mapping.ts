import type { KafkaEvent } from '../../src/delivery/kafka-event.ts';
import { createDestination, type FailureDestination } from '../../src/destination/failure-destination.ts';
import { EventSourceError } from '../../src/errors.ts';
import { EventSourceMapping } from '../../src/mapping/event-source-mapping.ts';
import { aDefinition, type DefinitionSettings } from './a-definition.ts';
import { brokers } from './kafka.ts';
import { aLog } from './log.ts';
import { CLUSTER_ARN } from './service.ts';

export interface Invocation {
  /** The partition of the first record. */
  readonly partition: number;
  readonly partitions: readonly number[];
  readonly offsets: readonly number[];
  readonly event: KafkaEvent;
  readonly startedMs: number;
  outcome?: 'succeeded' | 'failed';
  endedMs?: number;
}

export interface RecordedMapping {
  readonly mapping: EventSourceMapping;
  readonly invocations: Invocation[];
  /** Log lines with their level. */
  readonly lines: string[];
  /** The log lines with the partitions after each rebalance. */
  holds(): string[];
  /** Returns the successful offsets of a partition, in the order of success. */
  delivered(partition: number): number[];
}

const started: { mapping: EventSourceMapping; destination: FailureDestination | undefined }[] = [];

/** Starts a mapping with the function `handle`, and records each invocation. Default: small batches and no window. */
export function startMapping(
  settings: DefinitionSettings & { readonly topic: string },
  handle: (invocation: Invocation) => Promise<unknown> = async () => undefined,
): RecordedMapping {
  const invocations: Invocation[] = [];
  const { log, lines } = aLog();
  const definition = aDefinition({
    eventSourceArn: CLUSTER_ARN,
    cluster: { bootstrapServers: brokers, security: {}, sessionTimeoutMs: 6_000 },
    ...settings,
  });
  const destination =
    definition.destination &&
    createDestination(definition.destination, {
      cluster: definition.cluster,
      functionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:work',
      log,
    });
  const mapping = new EventSourceMapping({
    definition,
    invoke: async (event) => {
      const invocation = invocationOf(event);
      invocations.push(invocation);
      try {
        const answer = await handle(invocation);
        invocation.outcome = 'succeeded';
        return answer;
      } catch (error) {
        invocation.outcome = 'failed';
        const message = Error.isError(error) ? error.message : String(error);
        throw new EventSourceError('function_failed', message);
      } finally {
        invocation.endedMs = performance.now();
      }
    },
    ...(destination && { destination }),
    log,
  });
  started.push({ mapping, destination });
  mapping.start();
  return {
    mapping,
    invocations,
    lines,
    holds: () => lines.filter((line) => line.includes(': holds ')),
    delivered: (partition) =>
      invocations
        .filter(({ outcome }) => outcome === 'succeeded')
        .flatMap(({ event }) => Object.values(event.records).flat())
        .filter((record) => record.partition === partition)
        .map(({ offset }) => offset),
  };
}

/** Stops all mappings. Call it in `afterEach`. */
export async function stopMappings(): Promise<void> {
  await Promise.all(
    started.splice(0).map(async ({ mapping, destination }) => {
      await mapping.stop();
      await destination?.close();
    }),
  );
}

function invocationOf(event: KafkaEvent): Invocation {
  const records = Object.values(event.records).flat();
  return {
    partition: records[0]?.partition ?? -1,
    partitions: [...new Set(records.map(({ partition }) => partition))],
    offsets: records.map(({ offset }) => offset),
    event,
    startedMs: performance.now(),
  };
}
