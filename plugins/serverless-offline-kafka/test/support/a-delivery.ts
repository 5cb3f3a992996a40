import { jest } from '@jest/globals';
import type { KafkaEvent } from '../../src/delivery/kafka-event.ts';
import type { FailureDestination } from '../../src/destination/failure-destination.ts';
import { EventSourceError } from '../../src/errors.ts';
import type { GroupMember } from '../../src/kafka/group-member.ts';
import { PartitionQueues } from '../../src/mapping/partition-queues.ts';
import { aDefinition, type DefinitionSettings } from './a-definition.ts';
import { aLog } from './log.ts';

export const WINDOW_MS = 500;

/** An invocation that the test ends. */
export interface Invoked {
  readonly requestId: string;
  readonly event: KafkaEvent;
  readonly offsets: readonly number[];
  /** The offsets of each partition. */
  readonly places: Readonly<Record<string, readonly number[]>>;
  succeed(answer?: unknown): void;
  fail(error?: Error): void;
}

export interface DeliverySettings extends Omit<DefinitionSettings, 'destination'> {
  readonly destination?: FailureDestination;
  readonly commit?: GroupMember['commit'];
}

/** Advances fake timers. */
export const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

export const failed = (message = 'no'): Error => new EventSourceError('function_failed', message);

/** Partition 0 (or others) of the topic `orders`, with batches of 3 records. The test ends each invocation. */
export function aDelivery(settings: DeliverySettings = {}, partitions: readonly number[] = [0]) {
  const { destination, commit, ...definition } = settings;
  const invoked: Invoked[] = [];
  const commits: { partition: number; nextOffset: number }[] = [];
  const fetching: string[] = [];
  const filteredOut: number[] = [];
  const { log, lines } = aLog();
  const member: GroupMember = {
    seek: () => undefined,
    pause: (partition) => void fetching.push(`pause ${partition}`),
    resume: (partition) => void fetching.push(`resume ${partition}`),
    commit: commit ?? (async (partition, nextOffset) => void commits.push({ partition, nextOffset })),
    ended: new Promise(() => undefined),
    leave: async () => undefined,
  };
  const queues = new PartitionQueues({
    definition: aDefinition({ batchSize: 3, batchingWindowMs: WINDOW_MS, ...definition }),
    invoke: (event, requestId) =>
      new Promise((succeed, fail) => {
        const places = placesOf(event);
        const offsets = Object.values(places).flat();
        invoked.push({ requestId, event, offsets, places, succeed, fail: (error = failed()) => fail(error) });
      }),
    destination,
    filteredOut: (records) => void filteredOut.push(records),
    log,
  });
  const open = (partition: number): void => queues.open(member, partition);
  for (const partition of partitions) {
    open(partition);
  }
  return {
    queues,
    open,
    accept: (
      records: Parameters<NonNullable<ReturnType<typeof queues.get>>['accept']>[0],
      partition = 0,
    ): void => queues.get(partition)?.accept(records),
    invoked,
    /** The request ids of the invocations. */
    offsets: () => invoked.map(({ offsets }) => offsets),
    places: () => invoked.map(({ places }) => places),
    committed: (of = 0): number[] =>
      commits.filter(({ partition }) => partition === of).map(({ nextOffset }) => nextOffset),
    fetching,
    filteredOut,
    lines,
  };
}

function placesOf({ records }: KafkaEvent): Record<string, number[]> {
  return Object.fromEntries(
    Object.values(records).map((list) => [list[0]?.partition, list.map(({ offset }) => offset)]),
  );
}
