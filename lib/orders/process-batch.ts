import type { Fulfilment } from '../fulfilment/rules.ts';
import type { BatchWriter, OrderCommands, WrittenBatch } from './batch-writer.ts';
import type { DeadLetter, KafkaRecord, OrderCommand } from './command.ts';
import { decodeCommand } from './decode-command.ts';
import { writeIsolatingRefused } from './isolate-refused.ts';

export interface BatchSummary extends WrittenBatch {
  readonly records: number;
}

/**
 * Processes one batch of records: decode, then one transaction, or several when an order in it is refused.
 * Returns when everything is committed, as orders or as dead letters; when it throws, the event source delivers
 * the batch again.
 */
export async function processBatch(
  records: readonly KafkaRecord[],
  writer: BatchWriter,
  fulfilment: Fulfilment,
): Promise<BatchSummary> {
  const { orders, deadLetters } = decodeBatch(records);
  const written = await writeIsolatingRefused(orders, deadLetters, (part, letters) =>
    writer.writeBatch(part, letters, fulfilment),
  );
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
