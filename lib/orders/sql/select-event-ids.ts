import type { Queryable } from '../../postgres/database.ts';
import type { OrderCommand } from '../command.ts';

const statement = `
  SELECT order_id, event_id FROM order_status_history
  JOIN unnest($1::text[], $2::uuid[]) AS command (order_id, event_id) USING (order_id, event_id)`;

/**
 * The identities of those of the commands that are in history already, per order. Ask after locking the
 * orders, in a statement of its own: one that waits for a lock does not see what was committed meanwhile. Asks for
 * nothing else: a history may be long.
 */
export async function selectEventIds(
  db: Queryable,
  commands: readonly OrderCommand[],
): Promise<Map<string, ReadonlySet<string>>> {
  const { rows } = await db.query<{ order_id: string; event_id: string }>(statement, [
    commands.map(({ orderId }) => orderId),
    commands.map(({ eventId }) => eventId),
  ]);
  const eventIds = new Map<string, Set<string>>();
  for (const { order_id, event_id } of rows) {
    eventIds.set(order_id, (eventIds.get(order_id) ?? new Set()).add(event_id));
  }
  return eventIds;
}
