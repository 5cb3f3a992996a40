import type { OutboxEntry, OutboxMessage } from '../orders/outbox-entry.ts';
import { statusMessage } from '../orders/status-message.ts';
import type { Queryable } from './database.ts';
import { letterMessage } from './letter-message.ts';
import { selectOutboxLetters } from './sql/outbox/select-outbox-letters.ts';
import { selectOutboxOrders } from './sql/outbox/select-outbox-orders.ts';

/**
 * Rebuilds the messages that rows of the outbox stand for, in the order of the ids. A row has none when what it tells
 * of is gone, or the row itself is.
 */
export async function loadOutbox(db: Queryable, ids: readonly string[]): Promise<OutboxEntry[]> {
  if (ids.length === 0) {
    return [];
  }
  const messages = new Map(ids.map((id): [string, OutboxMessage[]] => [id, []]));
  for (const order of await selectOutboxOrders(db, ids)) {
    messages.get(order.outboxId)?.push(statusMessage(order));
  }
  for (const letter of await selectOutboxLetters(db, ids)) {
    messages.get(letter.outboxId)?.push(letterMessage(letter));
  }
  return [...messages].map(([id, list]) => ({ id, messages: list }));
}
