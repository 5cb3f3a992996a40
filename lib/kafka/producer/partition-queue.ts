import type { PendingMessage } from './pending-message.ts';

/** A broker rejects a batch above 1 MiB. A batch is the part of a request for one partition. */
const MAX_BYTES_PER_BATCH = 900_000;

/** The messages waiting for one partition. */
export class PartitionQueue {
  readonly index: number;
  /** host:port; undefined if no leader is known. */
  leader: string | undefined;
  /** In the order in which they are sent. */
  readonly waiting: PendingMessage[] = [];
  isInFlight = false;
  /** Messages per batch. Reduced after Kafka rejected a record, until that record is alone in its batch. */
  limit = Number.POSITIVE_INFINITY;

  constructor(index: number, leader: string | undefined) {
    this.index = index;
    this.leader = leader;
  }

  get hasWaiting(): boolean {
    while (this.waiting[0]?.isSettled === true) {
      this.waiting.shift();
    }
    return this.waiting.length > 0;
  }

  get oldestDeadlineAt(): number {
    return this.waiting[0]?.deadlineAt ?? 0;
  }

  /** Removes the messages of the next batch from the front. */
  take(maxMessages: number): PendingMessage[] {
    const taken: PendingMessage[] = [];
    let bytes = 0;
    let end = 0;
    for (const pending of this.waiting) {
      if (!pending.isSettled) {
        bytes += pending.record.bytes;
        if (
          taken.length >= Math.min(maxMessages, this.limit) ||
          (taken.length > 0 && bytes > MAX_BYTES_PER_BATCH)
        ) {
          break;
        }
        taken.push(pending);
      }
      end += 1;
    }
    this.waiting.splice(0, end);
    return taken;
  }
}
