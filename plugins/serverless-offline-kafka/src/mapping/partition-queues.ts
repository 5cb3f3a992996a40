import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import { type Batch, BatchDispatcher } from '../delivery/batch-dispatcher.ts';
import { EVENT_LIMIT_BYTES, recordsBytes, type WaitingRecord } from '../delivery/batching.ts';
import { deliverBatch } from '../delivery/deliver-batch.ts';
import { discard } from '../delivery/discard.ts';
import { type KafkaEvent, kafkaEvent } from '../delivery/kafka-event.ts';
import { PartitionQueue } from '../delivery/partition-queue.ts';
import type { FailureDestination } from '../destination/failure-destination.ts';
import { passesFilters } from '../filter/record-filter.ts';
import type { GroupMember } from '../kafka/group-member.ts';
import type { Log } from '../serverless.ts';
import { attemptLine, stallReasonText } from '../status/log-lines.ts';

export interface QueuesParts {
  readonly definition: MappingDefinition;
  /** Invokes the mapping's function once. Rejects with an EventSourceError. */
  readonly invoke: (event: KafkaEvent, requestId: string) => Promise<unknown>;
  readonly destination: FailureDestination | undefined;
  readonly filteredOut: (records: number) => void;
  readonly log: Log;
}

interface OpenQueue {
  readonly queue: PartitionQueue;
  readonly dispatcher: BatchDispatcher;
}

/** The queues of a mapping's assigned partitions, and the delivery of their batches. */
export class PartitionQueues {
  readonly #parts: QueuesParts;
  /** The size of an event without records. */
  readonly #emptyBytes: number;
  readonly #limits: { readonly records: number; readonly bytes: number };
  readonly #open = new Map<number, OpenQueue>();
  /** The ends of revoked queues: a partition that is assigned again waits for its last batch. */
  readonly #endings = new Map<number, Promise<void>>();
  /** The reason why the last attempt settled no record, by partition. */
  readonly #stallReasons = new Map<number, string>();
  #mixedDispatcher: BatchDispatcher | undefined;

  constructor(parts: QueuesParts) {
    this.#parts = parts;
    this.#emptyBytes = Buffer.byteLength(JSON.stringify(this.#eventOf([])));
    this.#limits = {
      records: parts.definition.batchSize,
      bytes: EVENT_LIMIT_BYTES - this.#emptyBytes,
    };
  }

  get partitions(): number[] {
    return [...this.#open.keys()];
  }

  get(partition: number): PartitionQueue | undefined {
    return this.#open.get(partition)?.queue;
  }

  /** Returns why a partition makes no progress, if its records or the function cause it. */
  stallReason(partition: number): string | undefined {
    return (
      this.#stallReasons.get(partition) ??
      (this.get(partition)?.isBusy ? 'the function has not responded yet' : undefined)
    );
  }

  open(member: GroupMember, partition: number): void {
    const { definition, log, filteredOut } = this.#parts;
    const { topic, functionKey, filters, filterMismatch, nullFields } = definition;
    const dispatcher = this.#dispatcher();
    const queue = new PartitionQueue({
      topic,
      partition,
      nullFields,
      limits: this.#limits,
      passes: ({ value }) => passesFilters(filters, value, filterMismatch),
      commit: (nextOffset) => member.commit(partition, nextOffset),
      pause: () => member.pause(partition),
      resume: () => member.resume(partition),
      after: this.#endings.get(partition) ?? Promise.resolve(),
      changed: () => dispatcher.schedule(),
      filteredOut,
      warn: (message) => log.warning(`${topic}-${partition} → ${functionKey}: ${message}`),
    });
    this.#open.set(partition, { queue, dispatcher });
    dispatcher.add(queue);
  }

  revoke(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const open = this.#open.get(partition);
      if (open) {
        open.dispatcher.remove(open.queue);
        this.#open.delete(partition);
        this.#stallReasons.delete(partition);
        this.#endings.set(partition, open.queue.ended);
      }
    }
  }

  /** Begins no further batch. Resolves when the batches in flight have ended and are committed. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#open.values(), ({ dispatcher }) => dispatcher.stop()));
  }

  #dispatcher(): BatchDispatcher {
    const { batches, batchingWindowMs } = this.#parts.definition;
    const create = (): BatchDispatcher =>
      new BatchDispatcher({
        limits: this.#limits,
        batchingWindowMs,
        deliver: (batch) => this.#deliver(batch),
      });
    if (batches === 'per-partition') {
      return create();
    }
    this.#mixedDispatcher ??= create();
    return this.#mixedDispatcher;
  }

  #deliver(batch: Batch): Promise<void> {
    const { definition, destination, invoke, log } = this.#parts;
    const { functionKey, failures } = definition;
    const eventOf = (records: readonly WaitingRecord[]): KafkaEvent => this.#eventOf(records);
    return deliverBatch(batch.records, {
      ...batch,
      failures,
      hasDestination: destination !== undefined,
      eventOf,
      eventBytes: (records) => this.#emptyBytes + recordsBytes(records),
      invoke: (event, requestId) => batch.hold(() => invoke(event, requestId)),
      discard: (failed) => discard(failed, batch, { functionKey, destination, eventOf, log }),
      report: (attempt) => {
        const stallReason = stallReasonText(attempt.outcome);
        for (const { partition } of attempt.records) {
          if (stallReason === undefined) {
            this.#stallReasons.delete(partition);
          } else {
            this.#stallReasons.set(partition, stallReason);
          }
        }
        const line = attemptLine(functionKey, attempt);
        if (attempt.outcome.type === 'succeeded') {
          log.notice(line);
        } else {
          log.warning(line);
        }
      },
    });
  }

  #eventOf(records: readonly WaitingRecord[]): KafkaEvent {
    const { cluster, eventSourceArn } = this.#parts.definition;
    const { bootstrapServers } = cluster;
    return kafkaEvent({ bootstrapServers, ...(eventSourceArn !== undefined && { eventSourceArn }) }, records);
  }
}
