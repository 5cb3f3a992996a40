import type { Fulfilment } from '../fulfilment/rules.ts';
import type { DeadLetter, KafkaRecord, OrderCommand } from './command.ts';
import { decodeCommand } from './decode-command.ts';

/** What one order's commands of a batch are to the store: applied together, in offset order. */
export interface OrderCommands {
  readonly orderId: string;
  readonly commands: readonly OrderCommand[];
}

/** The store's side: everything in one transaction, or nothing. */
export interface BatchWriter {
  writeBatch(
    orders: readonly OrderCommands[],
    deadLetters: readonly DeadLetter[],
    fulfilment: Fulfilment,
  ): Promise<WrittenBatch>;
}

export interface WrittenBatch {
  readonly created: number;
  /** Orders that were stored before and that a command changed. */
  readonly updated: number;
  /** Of this delivery, those the store found (conflicts) included; one delivered before is not written again. */
  readonly deadLetters: readonly DeadLetter[];
}

export interface BatchSummary extends WrittenBatch {
  readonly records: number;
}

/**
 * Processes one batch of records: decode, then one transaction. Returns when everything is committed;
 * throws when nothing is, and the event source delivers the batch again.
 */
export async function processBatch(
  records: readonly KafkaRecord[],
  writer: BatchWriter,
  fulfilment: Fulfilment,
): Promise<BatchSummary> {
  const { orders, deadLetters } = decodeBatch(records);
  const written = await writer.writeBatch(orders, deadLetters, fulfilment);
  return { records: records.length, ...written };
}

/**
 * Groups a batch by order, each order's commands in offset order. Orders are sorted by id (ASCII, so by
 * code unit as PostgreSQL's collation "C"): batches that lock rows in one order cannot deadlock.
 */
export function decodeBatch(records: readonly KafkaRecord[]): {
  orders: OrderCommands[];
  deadLetters: DeadLetter[];
} {
  const commandsByOrder = new Map<string, OrderCommand[]>();
  const deadLetters: DeadLetter[] = [];

  for (const record of records) {
    const decoded = decodeCommand(record);
    if (!decoded.ok) {
      deadLetters.push(decoded.deadLetter);
      continue;
    }
    const { orderId } = decoded.command;
    const commands = commandsByOrder.get(orderId);
    if (commands === undefined) {
      commandsByOrder.set(orderId, [decoded.command]);
    } else {
      commands.push(decoded.command);
    }
  }

  const orders = [...commandsByOrder].map(([orderId, commands]) => ({ orderId, commands }));
  orders.sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
  return { orders, deadLetters };
}
