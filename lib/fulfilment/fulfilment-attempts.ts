import { insertDeadLetters, type OpenedLetter } from '../dead-letters/sql/insert-dead-letters.ts';
import { lockOrders } from '../orders/sql/select-orders.ts';
import { updateOrders } from '../orders/sql/write-orders.ts';
import { outboxEntriesOfLetters } from '../outbox/load-outbox.ts';
import { statusMessage } from '../outbox/outbox-entry.ts';
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

/** The attempts that orders wait for. Everything rejects with `database_unavailable` when the database is away. */
export interface FulfilmentAttempts {
  /** Takes attempts that are due under a lease of 30 s, those that have waited longest first. */
  claimDue(limit: number): Promise<readonly Attempt[]>;
  /** The same for the attempts of these orders alone, each once, with those whose first call has not begun. */
  claimFor(orderIds: readonly string[]): (limit: number) => Promise<readonly Attempt[]>;
  /** When the next one falls due, in milliseconds since the epoch; undefined when none waits. */
  nextDueAt(): Promise<number | undefined>;
  /** Writes what came of calls, in one transaction; nothing for an attempt whose lease has passed to others. */
  write(called: readonly CalledAttempt[]): Promise<WrittenResults>;
  /** Gives back attempts whose calls were not begun. */
  release(attempts: readonly Attempt[]): Promise<void>;
}

/** `random` gives numbers from 0 to 1, for the pauses between calls. */
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
          const taken = await claimAttemptsOfOrders(database, left.splice(0, limit), now, now + LEASE_MS);
          if (taken.length > 0) {
            return taken;
          }
        }
        return [];
      };
    },
    nextDueAt: () => selectNextDue(database),
    write: (called) => {
      const now = clock();
      const steps = called.map((one) => nextStep(one, now, random));
      const settlements = steps.filter((step) => step.kind === 'settled');
      const postponements = steps.filter((step) => step.kind === 'postponed');
      return database.transaction((transaction) => writeSteps(transaction, settlements, postponements, now));
    },
    release: (attempts) => releaseAttempts(database, attempts, clock()),
  };
}

/** Orders first, then attempts, as everybody locks them. Orders that stay as they are need no lock. */
async function writeSteps(
  transaction: Queryable,
  settlements: readonly Settlement[],
  postponements: readonly Postponement[],
  now: number,
): Promise<WrittenResults> {
  const settled = settlements.length === 0 ? nothing : await settleOrders(transaction, settlements, now);
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

type SettledResults = Omit<WrittenResults, 'postponed' | 'leaseLost'>;

const nothing: SettledResults = { completed: 0, failed: 0, deadLetters: [], outbox: [] };

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
    return nothing;
  }
  const orders = steps.map(({ order }) => order);
  await updateOrders(
    transaction,
    orders,
    steps.map(({ history }) => history),
  );
  const outboxId = await insertStatusOutbox(transaction, orders, now);
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
    outbox: [
      { id: outboxId, messages: orders.map(statusMessage) },
      ...(await outboxEntriesOfLetters(transaction, deadLetters, now)),
    ],
  };
}

/** Forgets the attempts of orders that have ended, and keeps those that are given up, each with its dead letter. */
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
    const givenUp = settlements.flatMap((settlement) =>
      settlement.deadLetter ? { orderId: idOf(settlement), reason: settlement.deadLetter.message } : [],
    );
    await exhaustAttempts(transaction, givenUp);
  }
  return insertDeadLetters(transaction, deadLetters, now);
}
