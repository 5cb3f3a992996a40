import type { DeadLetter, OrderCommand } from '../orders/command.ts';
import type { Fulfilment } from '../orders/fulfilment-rules.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';

/** What one order's commands of a batch are to the store: applied together, in offset order. */
export interface OrderCommands {
  readonly orderId: string;
  readonly commands: readonly OrderCommand[];
}

/**
 * The store's side: everything in one transaction, or nothing. Rejects with `database_refused` when something in the
 * batch is not taken, with `database_unavailable` when the database is away, and with
 * `database_timeout` when it is not done after `withinMs`.
 */
export interface BatchWriter {
  writeBatch(
    orders: readonly OrderCommands[],
    deadLetters: readonly DeadLetter[],
    fulfilment: Fulfilment,
    withinMs?: number,
  ): Promise<WrittenBatch>;
}

export interface WrittenBatch {
  readonly created: number;
  /** Orders that were stored before and that a command changed. */
  readonly updated: number;
  /** Letters that this batch opened, without records that already have an open or discarded letter. */
  readonly deadLetters: readonly DeadLetter[];
  /** What is to be published now that it is committed. */
  readonly outbox: readonly OutboxEntry[];
}
