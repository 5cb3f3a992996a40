import { insertDeadLetters, type OpenedLetter } from '../dead-letters/sql/insert-dead-letters.ts';
import type { OrderChange } from '../observability/flow-events.ts';
import { report } from '../observability/observe.ts';
import { traceparentsOf } from '../observability/traces/current-trace.ts';
import { lockOrders } from '../orders/sql/select-orders.ts';
import { updateOrders } from '../orders/sql/write-orders.ts';
import { outboxEntriesOfLetters } from '../outbox/load-outbox.ts';
import { statusMessages } from '../outbox/outbox-entry.ts';
import { insertStatusOutbox } from '../outbox/sql/outbox.ts';
import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import type { Attempt, CalledAttempt, WrittenResults } from './attempt.ts';
import { LEASE_MS } from './limits.ts';
import { nextStep, type Postponement, type Settlement, settleOrder } from './next-step.ts';
import { claimAttemptsOfOrders, claimDueAttempts } from './sql/claim-attempts.ts';
import { deleteAttempts, selectNextDue } from './sql/fulfilment-attempts.ts';
import {
  exhaustAttempts,
  lockHeldAttempts,
  postponeAttempts,
  releaseAttempts,
} from './sql/leased-attempts.ts';

/**
 * The calls that orders wait for. Every method rejects with `database_unavailable` when the database is
 * unavailable.
 */
export interface FulfilmentAttempts {
  /** Claims due attempts under a lease of 30 s, the longest waiting first. */
  claimDue(limit: number): Promise<readonly Attempt[]>;
  /** Claims attempts of these orders only, each once. Also claims those whose first call has not started. */
  claimFor(orderIds: readonly string[]): (limit: number) => Promise<readonly Attempt[]>;
  /** Returns when the next attempt falls due, in milliseconds since the epoch; undefined if no order waits. */
  nextDueAt(): Promise<number | undefined>;
  /** Writes the results of calls in one transaction. Skips an attempt whose lease is lost. */
  write(called: readonly CalledAttempt[]): Promise<WrittenResults>;
  /** Releases attempts whose calls did not start. */
  release(attempts: readonly Attempt[]): Promise<void>;
}

/** `random` returns numbers from 0 to 1, for the back-off. */
export function fulfilmentAttempts(
  database: Database,
  clock: Clock,
  random: () => number,
): FulfilmentAttempts {
  return {
    claimDue: (limit) => {
      const now = clock();
      return claimDueAttempts(database, limit, now, now + LEASE_MS);
    },
    claimFor: (orderIds) => {
      const left = [...orderIds];
      return async (limit) => {
        for (let now = clock(); left.length > 0; now = clock()) {
          const claimed = await claimAttemptsOfOrders(database, left.splice(0, limit), now, now + LEASE_MS);
          if (claimed.length > 0) {
            return claimed;
          }
        }
        return [];
      };
    },
    nextDueAt: () => selectNextDue(database),
    write: async (called) => {
      const now = clock();
      const steps = called.map((one) => nextStep(one, now, random));
      const settlements = steps.filter((step) => step.kind === 'settled');
      const postponements = steps.filter((step) => step.kind === 'postponed');
      const { changes, ...written } = await database.transaction((transaction) =>
        writeSteps(transaction, settlements, postponements, now),
      );
      if (changes.length > 0) {
        report('orders.changed', { changes, committedAt: clock() });
      }
      return written;
    },
    release: (attempts) => releaseAttempts(database, attempts, clock()),
  };
}

/** Locks orders before attempts, as every transaction does. Unchanged orders need no lock. */
async function writeSteps(
  transaction: Queryable,
  settlements: readonly Settlement[],
  postponements: readonly Postponement[],
  now: number,
): Promise<WrittenResults & Changes> {
  const settled = settlements.length === 0 ? noResults : await settleOrders(transaction, settlements, now);
  const postponed = postponements.length === 0 ? 0 : await postponeAttempts(transaction, postponements);
  const written = settled.completed + settled.failed + postponed;
  const postponedReason = postponements.at(-1)?.reason;
  return {
    ...settled,
    postponed,
    postponedReason,
    leaseLost: settlements.length + postponements.length - written,
  };
}

interface Changes {
  readonly changes: readonly OrderChange[];
}

type SettledResults = Omit<WrittenResults, 'postponed' | 'leaseLost'> & Changes;

const noResults: SettledResults = { completed: 0, failed: 0, deadLetters: [], outbox: [], changes: [] };

async function settleOrders(
  transaction: Queryable,
  settlements: readonly Settlement[],
  now: number,
): Promise<SettledResults> {
  const stored = await lockOrders(
    transaction,
    settlements.map(({ attempt }) => attempt.order.orderId),
  );
  const held = await lockHeldAttempts(
    transaction,
    settlements.map(({ attempt }) => attempt),
  );
  const steps = settlements.flatMap((settlement) => {
    const order = stored.get(settlement.attempt.order.orderId);
    return order?.status === 'PROCESSING' && held.has(order.orderId)
      ? { settlement, ...settleOrder(order, settlement, now) }
      : [];
  });
  if (steps.length === 0) {
    return noResults;
  }
  const orders = steps.map(({ order }) => order);
  await updateOrders(
    transaction,
    orders,
    steps.map(({ history }) => history),
  );
  const traceparents = traceparentsOf(orders.map(({ orderId }) => orderId));
  const outboxId = await insertStatusOutbox(transaction, orders, now, traceparents);
  const deadLetters = await settleAttempts(
    transaction,
    steps.map(({ settlement }) => settlement),
    now,
  );
  const completed = orders.filter(({ status }) => status === 'COMPLETED').length;
  return {
    completed,
    failed: orders.length - completed,
    deadLetters,
    changes: steps.map(({ order, settlement }) => ({
      orderId: order.orderId,
      status: order.status,
      acceptedAt: settlement.attempt.record.timestamp,
    })),
    outbox: [
      { id: outboxId, messages: statusMessages(orders, traceparents) },
      ...(await outboxEntriesOfLetters(transaction, deadLetters, now)),
    ],
  };
}

/** Deletes the attempts of settled orders. Keeps exhausted attempts and inserts a dead letter for each. */
async function settleAttempts(
  transaction: Queryable,
  settlements: readonly Settlement[],
  now: number,
): Promise<OpenedLetter[]> {
  const idOf = ({ attempt }: Settlement): string => attempt.order.orderId;
  const done = settlements.filter(({ deadLetter }) => deadLetter === undefined);
  if (done.length > 0) {
    await deleteAttempts(transaction, done.map(idOf));
  }
  const deadLetters = settlements.flatMap(({ deadLetter }) => deadLetter ?? []);
  if (deadLetters.length > 0) {
    const exhausted = settlements.flatMap((settlement) =>
      settlement.deadLetter ? { orderId: idOf(settlement), reason: settlement.deadLetter.message } : [],
    );
    await exhaustAttempts(transaction, exhausted);
  }
  return insertDeadLetters(transaction, deadLetters, now);
}
