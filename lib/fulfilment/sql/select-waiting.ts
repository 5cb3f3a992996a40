import type { Waiting } from '../../orders/order-view.ts';
import type { Queryable } from '../../postgres/database.ts';

const statement = `
  SELECT attempts, next_attempt_at FROM fulfilment_attempts
  WHERE order_id = $1 AND next_attempt_at IS NOT NULL`;

/** What an order waits for; undefined when its fulfilment is settled. */
export async function selectWaiting(db: Queryable, orderId: string): Promise<Waiting | undefined> {
  const { rows } = await db.query<{ attempts: number; next_attempt_at: Date }>(statement, [orderId]);
  return rows[0] && { attempts: rows[0].attempts, nextAttemptAt: rows[0].next_attempt_at.getTime() };
}
