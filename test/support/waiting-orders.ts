import { awaitWebhook } from '../../lib/orders/fulfilment-rules.ts';
import type { Database } from '../../lib/postgres/database.ts';
import { orderBatches } from '../../lib/processing/order-batches.ts';
import { processBatch } from '../../lib/processing/process-batch.ts';
import type { Clock } from '../../lib/time/clock.ts';
import { anOrderJson, aRecord } from './records.ts';

/** Stores orders that wait for their fulfilment, as the function does, and deletes their outbox rows. */
export async function storeWaitingOrders(
  database: Database,
  clock: Clock,
  orderIds: readonly string[],
): Promise<void> {
  const records = orderIds.map((orderId, offset) =>
    aRecord({
      topic: 'orders',
      offset,
      timestamp: clock(),
      key: Buffer.from(orderId),
      value: anOrderJson({ order_id: orderId }),
    }),
  );
  await processBatch(records, orderBatches(database, clock), awaitWebhook);
  await database.query('DELETE FROM outbox');
}

export const orderIds = (count: number, prefix = 'order'): string[] =>
  Array.from({ length: count }, (_, nr) => `${prefix}-${String(nr).padStart(4, '0')}`);
