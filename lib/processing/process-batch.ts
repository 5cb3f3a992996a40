import type { DeadLetter, KafkaRecord, OrderCommand } from '../orders/command.ts';
import { decodeCommand } from '../orders/decode-command.ts';
import type { FulfilmentPolicy } from '../orders/fulfilment-rules.ts';
import type { BatchWriter, OrderCommands, WrittenBatch } from './batch-writer.ts';
import { bisectBatch } from './bisect-batch.ts';

export interface BatchSummary extends WrittenBatch {
  readonly records: number;
}

/**
 * Processes one batch of records: decodes it and writes it in one transaction, or in several if PostgreSQL rejects
 * an order or is slow. Returns when every record is committed as an order or a dead letter. If it throws, the event
 * source delivers the batch again.
 */
export async function processBatch(
  records: readonly KafkaRecord[],
  writer: BatchWriter,
  fulfilment: FulfilmentPolicy,
): Promise<BatchSummary> {
  const { orders, deadLetters } = decodeBatch(records);
  const written = await bisectBatch(orders, deadLetters, (part, letters) =>
    writer.writeBatch(part, letters, fulfilment),
  );
  return { records: records.length, ...written };
}

/** Groups the commands of a batch by order, in offset order. Orders are sorted by their first record. */
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
  return { orders, deadLetters };
}
