import type { Queryable } from '../database.ts';

const statement = 'SELECT order_id, event_id FROM order_status_history WHERE order_id = ANY ($1::text[])';

/**
 * The identities of the commands that took effect, per order. Ask after locking the orders, in a statement
 * of its own: one that waits for a lock does not see what was committed meanwhile.
 */
export async function selectEventIds(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, ReadonlySet<string>>> {
  const { rows } = await db.query<{ order_id: string; event_id: string }>(statement, [orderIds]);
  const eventIds = new Map<string, Set<string>>();
  for (const { order_id, event_id } of rows) {
    eventIds.set(order_id, (eventIds.get(order_id) ?? new Set()).add(event_id));
  }
  return eventIds;
}
