import type { Clock } from '../clock.ts';
import { OrderlyError } from '../errors.ts';
import type { FulfilmentRules } from '../fulfilment/rules.ts';
import type { DeadLetter } from '../orders/command.ts';
import type { BatchWriter, OrderCommands, WrittenBatch } from '../orders/process-batch.ts';
import { applyCommands } from '../orders/transition.ts';
import type { Database, Queryable } from './database.ts';
import { insertDeadLetters } from './sql/insert-dead-letters.ts';
import { insertOrders, type NewOrder } from './sql/insert-orders.ts';
import { lockOrders } from './sql/lock-orders.ts';
import { selectEventIds } from './sql/select-event-ids.ts';

/**
 * Writes batches to PostgreSQL, each in ONE transaction: orders, history and dead letters, or nothing. A
 * batch of new orders costs one statement; orders that were there already are locked and looked at.
 */
export function orderBatches(database: Database, clock: Clock): BatchWriter {
  return {
    writeBatch: (orders, deadLetters, rules) =>
      database.transaction((transaction) => writeBatch(transaction, orders, deadLetters, rules, clock())),
  };
}

async function writeBatch(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  undecodable: readonly DeadLetter[],
  rules: FulfilmentRules,
  now: number,
): Promise<WrittenBatch> {
  const created = await createOrders(transaction, orders, rules, now);
  const existing = orders.filter(({ orderId }) => !created.inserted.has(orderId));
  const letters = [
    ...undecodable,
    ...created.deadLetters,
    ...(existing.length === 0 ? [] : await applyToExisting(transaction, existing, rules, now)),
  ];
  assertRulesWork(orders, letters);
  if (letters.length > 0) {
    await insertDeadLetters(transaction, letters);
  }
  return { created: created.inserted.size, deadLetters: letters };
}

const TOO_MANY_FOR_CHANCE = 10;

/** One order on which the rules fail is a dead letter; when they fail on everything, it is not the orders' fault. */
function assertRulesWork(orders: readonly OrderCommands[], letters: readonly DeadLetter[]): void {
  const commands = orders.reduce((sum, order) => sum + order.commands.length, 0);
  const failures = letters.filter(({ code }) => code === 'internal_error');
  if (commands > TOO_MANY_FOR_CHANCE && failures.length === commands) {
    throw new OrderlyError('internal_error', `Every order of the batch failed: ${failures[0]?.message}`);
  }
}

/** Takes every order for a new one; the database says which really were. */
async function createOrders(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  rules: FulfilmentRules,
  now: number,
): Promise<{ inserted: ReadonlySet<string>; deadLetters: readonly DeadLetter[] }> {
  const outcomes = orders.map(({ commands }) => applyCommands(undefined, new Set(), commands, rules, now));
  const newOrders = outcomes.flatMap(({ order, history }): NewOrder[] => (order ? [{ order, history }] : []));
  if (newOrders.length === 0) {
    return { inserted: new Set(), deadLetters: [] };
  }
  const inserted = await insertOrders(transaction, newOrders);
  const deadLetters = outcomes.flatMap((outcome) =>
    outcome.order !== undefined && inserted.has(outcome.order.orderId) ? outcome.deadLetters : [],
  );
  return { inserted, deadLetters };
}

/**
 * Repeats, conflicts, and orders that the rules failed on: the same pure transitions, from what is stored and
 * locked. A create never changes an order that exists, so letters are all there is to write.
 */
async function applyToExisting(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  rules: FulfilmentRules,
  now: number,
): Promise<DeadLetter[]> {
  const orderIds = orders.map(({ orderId }) => orderId);
  const stored = await lockOrders(transaction, orderIds);
  const eventIds = await selectEventIds(transaction, orderIds);
  return orders.flatMap(({ orderId, commands }) => {
    const known = eventIds.get(orderId) ?? new Set();
    const { history, deadLetters } = applyCommands(stored.get(orderId), known, commands, rules, now);
    if (history.length > 0) {
      throw new OrderlyError(
        'internal_error',
        `Order ${orderId} went away meanwhile; the batch is repeated.`,
      );
    }
    return deadLetters;
  });
}
