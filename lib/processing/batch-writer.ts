import type { DeadLetter, OrderCommand } from '../orders/command.ts';
import type { FulfilmentPolicy } from '../orders/fulfilment-rules.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';

/** The commands of one order in a batch. They are applied together, in offset order. */
export interface OrderCommands {
  readonly orderId: string;
  readonly commands: readonly OrderCommand[];
}

/**
 * Writes a batch in one transaction. Rejects with `database_refused` if PostgreSQL rejects a value, with
 * `database_unavailable` if the database is unavailable, and with `database_timeout` after `withinMs`.
 */
export interface BatchWriter {
  writeBatch(
    orders: readonly OrderCommands[],
    deadLetters: readonly DeadLetter[],
    fulfilment: FulfilmentPolicy,
    withinMs?: number,
  ): Promise<WrittenBatch>;
}

export interface WrittenBatch {
  readonly created: number;
  /** Stored orders that a command changed. */
  readonly updated: number;
  /** Letters that this batch opened. A record whose letter is already open or discarded is not among them. */
  readonly deadLetters: readonly DeadLetter[];
  /** The committed entries to publish. */
  readonly outbox: readonly OutboxEntry[];
}
