import { insertAuditEntries } from '../audit/insert-audit-entries.ts';
import { insertDeadLetters } from '../dead-letters/sql/insert-dead-letters.ts';
import { selectDeadLettered } from '../dead-letters/sql/select-dead-letters.ts';
import { OrderlyError } from '../errors/orderly-error.ts';
import {
  deleteAttempts,
  insertAttempts,
  lockAttempts,
  resumeAttempts,
} from '../fulfilment/sql/fulfilment-attempts.ts';
import type { OrderChange } from '../observability/flow-events.ts';
import { observe, report } from '../observability/observe.ts';
import { traceparentsOf } from '../observability/traces/current-trace.ts';
import type { DeadLetter } from '../orders/command.ts';
import type { FulfilmentPolicy } from '../orders/fulfilment-rules.ts';
import type { OrderStatus } from '../orders/order.ts';
import { selectEventIds } from '../orders/sql/order-history.ts';
import { lockOrders } from '../orders/sql/select-orders.ts';
import { insertOrders, type NewOrder, updateOrders } from '../orders/sql/write-orders.ts';
import { type AuditEntry, applyCommands, type LockedOrder, type OrderOutcome } from '../orders/transition.ts';
import { outboxEntriesOfLetters } from '../outbox/load-outbox.ts';
import { type OutboxEntry, statusMessages } from '../outbox/outbox-entry.ts';
import { insertStatusOutbox } from '../outbox/sql/outbox.ts';
import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import type { BatchWriter, OrderCommands, WrittenBatch } from './batch-writer.ts';
import { SYSTEMIC_FAILURE_THRESHOLD } from './bisect-batch.ts';

/**
 * Returns a writer that writes each batch in one transaction: orders, history, outbox and dead letters. A batch of
 * new orders needs one statement. Orders that already exist are locked and read.
 */
export function orderBatches(database: Database, clock: Clock): BatchWriter {
  return {
    writeBatch: async (orders, deadLetters, fulfilment, withinMs) => {
      const { changes, ...written } = await observe(
        'batch.written',
        { orders, deadLetters: deadLetters.length },
        () =>
          database.transaction(
            (transaction) => writeBatch(transaction, orders, deadLetters, fulfilment, clock()),
            withinMs,
          ),
        ({ created, updated }) => ({ created, updated }),
      );
      if (changes.length > 0) {
        report('orders.changed', { changes, committedAt: clock() });
      }
      return written;
    },
  };
}

async function writeBatch(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  undecodable: readonly DeadLetter[],
  fulfilment: FulfilmentPolicy,
  now: number,
): Promise<WrittenBatch & { changes: readonly OrderChange[] }> {
  const pending = await withoutDeadLetters(transaction, orders);
  const created = await createOrders(transaction, pending, fulfilment, now);
  const existing = pending.filter(({ orderId }) => !created.inserted.has(orderId));
  const changed =
    existing.length === 0 ? noEffects : await applyToExisting(transaction, existing, fulfilment, now);
  const audit = [...created.audit, ...changed.audit];
  const rejected = [...undecodable, ...created.deadLetters, ...changed.deadLetters];
  assertRulesWork(pending, rejected);
  if (audit.length > 0) {
    await insertAuditEntries(transaction, audit);
  }
  const deadLetters = await insertDeadLetters(transaction, rejected, now);
  return {
    created: created.inserted.size,
    updated: changed.changes.length,
    deadLetters,
    changes: [...created.changes, ...changed.changes],
    outbox: [
      ...created.outbox,
      ...changed.outbox,
      ...(await outboxEntriesOfLetters(transaction, deadLetters, now)),
    ],
  };
}

interface Effects {
  readonly changes: readonly OrderChange[];
  readonly audit: readonly AuditEntry[];
  readonly deadLetters: readonly DeadLetter[];
  readonly outbox: readonly OutboxEntry[];
}

const noEffects = { changes: [], audit: [], deadLetters: [], outbox: [] };

/** If the rules fail on one order, it becomes a dead letter. If they fail on all orders, the cause is systemic. */
function assertRulesWork(orders: readonly OrderCommands[], letters: readonly DeadLetter[]): void {
  const creates = orders.flatMap(({ commands }) => commands).filter(({ type }) => type === 'order.created');
  const failures = letters.filter(({ code }) => code === 'internal_error');
  if (creates.length > SYSTEMIC_FAILURE_THRESHOLD && failures.length === creates.length) {
    throw new OrderlyError('internal_error', `Every order of the batch failed: ${failures[0]?.message}`);
  }
}

/**
 * Removes cancels and retries that already have a dead letter: a command that came before its order takes no effect
 * when it is redelivered. Call it again after locking orders, because another process may have written the batch.
 * Creates are kept: a conflict is found again, and rules that failed may succeed now.
 */
async function withoutDeadLetters(
  transaction: Queryable,
  orders: readonly OrderCommands[],
): Promise<readonly OrderCommands[]> {
  const changes = orders
    .flatMap(({ commands }) => commands)
    .filter(({ type }) => type !== 'order.created')
    .map(({ record }) => record);
  if (changes.length === 0) {
    return orders;
  }
  const deadLettered = await selectDeadLettered(transaction, changes);
  return orders.map(({ orderId, commands }) => ({
    orderId,
    commands: commands.filter(({ record }) => !deadLettered.has(record)),
  }));
}

/** Inserts every order as a new one. PostgreSQL reports which orders were really new. */
async function createOrders(
  transaction: Queryable,
  orders: readonly OrderCommands[],
  fulfilment: FulfilmentPolicy,
  now: number,
): Promise<Effects & { inserted: ReadonlySet<string> }> {
  const outcomes = orders.map(({ commands }) =>
    applyCommands(undefined, new Set(), commands, fulfilment, now),
  );
  const newOrders = outcomes.flatMap(({ order, history }): NewOrder[] => (order ? [{ order, history }] : []));
  if (newOrders.length === 0) {
    return { ...noEffects, inserted: new Set() };
  }
  const traceparents = traceparentsOf(newOrders.map(({ order }) => order.orderId));
  const { inserted, outboxId } = await insertOrders(transaction, newOrders, now, traceparents);
  const isNew = ({ order }: OrderOutcome): boolean => order !== undefined && inserted.has(order.orderId);
  const created = outcomes.filter(isNew);
  const waiting = orders.flatMap(({ orderId }, index) => {
    const { order, createdBy } = outcomes[index] ?? {};
    return createdBy && order?.status === 'PROCESSING' && inserted.has(orderId)
      ? [{ orderId, record: createdBy }]
      : [];
  });
  if (waiting.length > 0) {
    await insertAttempts(transaction, waiting, now);
  }
  const changes = created.flatMap(({ order, createdBy }) =>
    order ? [{ orderId: order.orderId, status: order.status, acceptedAt: createdBy?.timestamp }] : [],
  );
  return { inserted, changes, ...effectsOf(created, statusEntry(outboxId, ordersOf(created), traceparents)) };
}

/** Applies repeats, cancels, conflicts and orders on which the rules failed to the stored and locked orders. */
async function applyToExisting(
  transaction: Queryable,
  existing: readonly OrderCommands[],
  fulfilment: FulfilmentPolicy,
  now: number,
): Promise<Effects> {
  const stored = await lockExisting(transaction, existing);
  const orders = await withoutDeadLetters(transaction, existing);
  const eventIds = await selectEventIds(
    transaction,
    orders.flatMap(({ commands }) => commands),
  );

  const outcomes = orders.map(({ orderId, commands }) =>
    applyCommands(stored.get(orderId), eventIds.get(orderId) ?? new Set(), commands, fulfilment, now),
  );
  const updated = ordersOf(outcomes).filter((order) => order !== stored.get(order.orderId));
  const missing = updated.find(({ orderId }) => !stored.has(orderId));
  if (missing) {
    throw new OrderlyError(
      'internal_error',
      `Order ${missing.orderId} was deleted during the transaction; the batch is repeated.`,
    );
  }
  const history = outcomes.flatMap((outcome) => outcome.history);
  if (history.length > 0) {
    await updateOrders(transaction, updated, history);
  }
  if (updated.length === 0) {
    return { ...noEffects, ...effectsOf(outcomes, []) };
  }
  await updateAttempts(transaction, updated, now);
  const traceparents = traceparentsOf(updated.map(({ orderId }) => orderId));
  const outboxId = await insertStatusOutbox(transaction, updated, now, traceparents);
  const changes = updated.map(({ orderId, status }) => ({ orderId, status }));
  return { changes, ...effectsOf(outcomes, statusEntry(outboxId, updated, traceparents)) };
}

/** Locks orders and then their attempts, if a command may depend on them. The order of locks is always the same. */
async function lockExisting(
  transaction: Queryable,
  orders: readonly OrderCommands[],
): Promise<ReadonlyMap<string, LockedOrder>> {
  const stored = await lockOrders(
    transaction,
    orders.map(({ orderId }) => orderId),
  );
  const unsettled = [...stored.values()].filter(({ status }) => unsettledStatuses.has(status));
  const orderIds = unsettled.map(({ orderId }) => orderId);
  const calls = orderIds.length === 0 ? new Map() : await lockAttempts(transaction, orderIds);
  return new Map(
    [...stored].map(([orderId, order]) => [orderId, { ...order, callsBegun: calls.get(orderId) }]),
  );
}

/** A failed order may have exhausted attempts, which a retry command restarts. */
const unsettledStatuses: ReadonlySet<OrderStatus> = new Set(['PROCESSING', 'FAILED']);

/** Deletes the attempts of cancelled orders and restarts those of retried orders. */
async function updateAttempts(
  transaction: Queryable,
  updated: readonly LockedOrder[],
  now: number,
): Promise<void> {
  const waiting = updated.filter(({ status }) => status === 'PROCESSING');
  const ended = updated.filter(({ status }) => status !== 'PROCESSING');
  if (waiting.length > 0) {
    await resumeAttempts(
      transaction,
      waiting.map(({ orderId }) => orderId),
      now,
    );
  }
  if (ended.length > 0) {
    await deleteAttempts(
      transaction,
      ended.map(({ orderId }) => orderId),
    );
  }
}

const ordersOf = (outcomes: readonly OrderOutcome[]): LockedOrder[] =>
  outcomes.flatMap(({ order }) => order ?? []);

function statusEntry(
  id: string | undefined,
  orders: readonly LockedOrder[],
  traceparents: ReadonlyMap<string, string> | undefined,
): OutboxEntry[] {
  return id === undefined ? [] : [{ id, messages: statusMessages(orders, traceparents) }];
}

function effectsOf(
  outcomes: readonly OrderOutcome[],
  outbox: readonly OutboxEntry[],
): Omit<Effects, 'changes'> {
  return {
    audit: outcomes.flatMap(({ audit }) => audit),
    deadLetters: outcomes.flatMap(({ deadLetters }) => deadLetters),
    outbox,
  };
}
