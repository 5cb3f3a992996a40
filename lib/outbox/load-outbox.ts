import type { OpenedLetter } from '../dead-letters/sql/insert-dead-letters.ts';
import type { Queryable } from '../postgres/database.ts';
import { letterCopy, letterMessage } from './letter-message.ts';
import { type OutboxEntry, type OutboxMessage, statusMessage } from './outbox-entry.ts';
import { selectOutboxLetters, selectOutboxOrders } from './sql/select-outbox-contents.ts';

/**
 * Rebuilds the messages of rows of the outbox, in the order of the ids. An entry has no messages if its row or the
 * row's content was deleted.
 */
export async function loadOutbox(db: Queryable, ids: readonly string[]): Promise<OutboxEntry[]> {
  if (ids.length === 0) {
    return [];
  }
  const messages = new Map(ids.map((id): [string, OutboxMessage[]] => [id, []]));
  for (const order of await selectOutboxOrders(db, ids)) {
    messages.get(order.outboxId)?.push(statusMessage(order, order.traceparent));
  }
  for (const letter of await selectOutboxLetters(db, ids)) {
    messages.get(letter.outboxId)?.push(letterMessage(letter));
  }
  return [...messages].map(([id, list]) => ({ id, messages: list }));
}

/**
 * Returns the entries for letters opened at this moment, in order. Only reopened letters are read from the
 * database.
 */
export async function outboxEntriesOfLetters(
  db: Queryable,
  letters: readonly OpenedLetter[],
  openedAt: number,
): Promise<OutboxEntry[]> {
  const reopened = letters.filter(({ isNew }) => !isNew).map(({ outboxId }) => outboxId);
  const read = new Map((await loadOutbox(db, reopened)).map((entry) => [entry.id, entry]));
  return letters.map(
    (letter) =>
      read.get(letter.outboxId) ?? {
        id: letter.outboxId,
        messages: [letterCopy({ ...letter, refusals: 1, changedAt: openedAt })],
      },
  );
}
