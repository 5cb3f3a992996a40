import type { Clock } from '../clock.ts';
import { OrderlyError } from '../errors.ts';
import type { Fulfilment } from '../fulfilment/rules.ts';
import type { BatchWriter, OrderCommands, WrittenBatch } from '../orders/batch-writer.ts';
import type { DeadLetter } from '../orders/command.ts';
import { TOO_MANY_FOR_CHANCE } from '../orders/isolate-refused.ts';
import { type AuditEntry, applyCommands, type OrderOutcome } from '../orders/transition.ts';
import type { Database, Queryable } from './database.ts';
import { insertAuditEntries } from './sql/insert-audit-entries.ts';
import { insertDeadLetters } from './sql/insert-dead-letters.ts';
import { insertOrders, type NewOrder } from './sql/insert-orders.ts';
import { lockOrders } from './sql/lock-orders.ts';
import { selectDeadLettered } from './sql/select-dead-lettered.ts';
import { selectEventIds } from './sql/select-event-ids.ts';
import { updateOrders } from './sql/update-orders.ts';

/**
 * Writes batches to PostgreSQL, each in ONE transaction: orders, history and dead letters, or nothing. A
 * batch of new orders costs one statement; orders that were there already are locked and looked at.
 */
export function orderBatches(database: Database, clock: Clock): BatchWriter {
  return {
    writeBatch: (orders, deadLetters, fulfilment) =>
      database.transaction((transaction) =>
        writeBatch(transaction, orders, deadLetters, fulfilment, clock()),
      ),
  };
}

async function writeBatch(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  undecodable: readonly DeadLetter[],
  fulfilment: Fulfilment,
  now: number,
): Promise<WrittenBatch> {
  const pending = await withoutDeadLetters(transaction, orders);
  const created = await createOrders(transaction, pending, fulfilment, now);
  const existing = pending.filter(({ orderId }) => !created.inserted.has(orderId));
  const changed =
    existing.length === 0 ? nothing : await applyToExisting(transaction, existing, fulfilment, now);
  const audit = [...created.audit, ...changed.audit];
  const letters = [...undecodable, ...created.deadLetters, ...changed.deadLetters];
  assertRulesWork(pending, letters);
  if (audit.length > 0) {
    await insertAuditEntries(transaction, audit);
  }
  if (letters.length > 0) {
    await insertDeadLetters(transaction, letters);
  }
  return { created: created.inserted.size, updated: changed.updated, deadLetters: letters };
}

interface Effects {
  readonly audit: readonly AuditEntry[];
  readonly deadLetters: readonly DeadLetter[];
}

const nothing = { updated: 0, audit: [], deadLetters: [] };

/** One order on which the rules fail is a dead letter; when they fail on everything, it is not the orders' fault. */
function assertRulesWork(orders: readonly OrderCommands[], letters: readonly DeadLetter[]): void {
  const creates = orders.flatMap(({ commands }) => commands).filter(({ type }) => type === 'order.created');
  const failures = letters.filter(({ code }) => code === 'internal_error');
  if (creates.length > TOO_MANY_FOR_CHANCE && failures.length === creates.length) {
    throw new OrderlyError('internal_error', `Every order of the batch failed: ${failures[0]?.message}`);
  }
}

/**
 * Leaves out cancels that are dead letters already: one that came before its order does not win because it is
 * delivered again after it. Creates need no look: one that conflicts does so again, and one that the rules failed on
 * may well succeed when it is delivered again.
 */
async function withoutDeadLetters(
  transaction: Queryable,
  orders: readonly OrderCommands[],
): Promise<readonly OrderCommands[]> {
  const cancels = orders
    .flatMap(({ commands }) => commands)
    .filter(({ type }) => type === 'order.cancel_requested')
    .map(({ record }) => record);
  if (cancels.length === 0) {
    return orders;
  }
  const deadLettered = await selectDeadLettered(transaction, cancels);
  return orders.map(({ orderId, commands }) => ({
    orderId,
    commands: commands.filter(({ record }) => !deadLettered.has(record)),
  }));
}

/** Takes every order for a new one; the database says which really were. */
async function createOrders(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  fulfilment: Fulfilment,
  now: number,
): Promise<Effects & { inserted: ReadonlySet<string> }> {
  const outcomes = orders.map(({ commands }) =>
    applyCommands(undefined, new Set(), commands, fulfilment, now),
  );
  const newOrders = outcomes.flatMap(({ order, history }): NewOrder[] => (order ? [{ order, history }] : []));
  if (newOrders.length === 0) {
    return { inserted: new Set(), audit: [], deadLetters: [] };
  }
  const inserted = await insertOrders(transaction, newOrders);
  const isNew = ({ order }: OrderOutcome): boolean => order !== undefined && inserted.has(order.orderId);
  return { inserted, ...effectsOf(outcomes.filter(isNew)) };
}

/**
 * Repeats, cancels, conflicts, and orders that the rules failed on: the same pure transitions, from what is
 * stored and locked.
 */
async function applyToExisting(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  fulfilment: Fulfilment,
  now: number,
): Promise<Effects & { updated: number }> {
  const orderIds = orders.map(({ orderId }) => orderId);
  const stored = await lockOrders(transaction, orderIds);
  const eventIds = await selectEventIds(
    transaction,
    orders.flatMap(({ commands }) => commands),
  );

  const outcomes = orders.map(({ orderId, commands }) =>
    applyCommands(stored.get(orderId), eventIds.get(orderId) ?? new Set(), commands, fulfilment, now),
  );
  const updated = outcomes.flatMap(({ order }) =>
    order && order !== stored.get(order.orderId) ? [order] : [],
  );
  const vanished = updated.find(({ orderId }) => !stored.has(orderId));
  if (vanished) {
    throw new OrderlyError(
      'internal_error',
      `Order ${vanished.orderId} went away meanwhile; the batch is repeated.`,
    );
  }
  const history = outcomes.flatMap((outcome) => outcome.history);
  if (history.length > 0) {
    await updateOrders(transaction, updated, history);
  }
  return { updated: updated.length, ...effectsOf(outcomes) };
}

function effectsOf(outcomes: readonly OrderOutcome[]): Effects {
  return {
    audit: outcomes.flatMap(({ audit }) => audit),
    deadLetters: outcomes.flatMap(({ deadLetters }) => deadLetters),
  };
}
