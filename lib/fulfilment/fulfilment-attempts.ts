import { insertDeadLetters, type OpenedLetter } from '../dead-letters/sql/insert-dead-letters.ts';
import { lockOrders } from '../orders/sql/select-orders.ts';
import { updateOrders } from '../orders/sql/write-orders.ts';
import { outboxOfLetters } from '../outbox/load-outbox.ts';
import { statusMessage } from '../outbox/outbox-entry.ts';
import { insertStatusOutbox } from '../outbox/sql/outbox.ts';
import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import type { Attempt, CalledAttempt, WrittenResults } from './attempt.ts';
import { LEASE_MS } from './limits.ts';
import { type Ending, endOrder, nextStep, type Postponement } from './next-step.ts';
import { takeAttemptsOf, takeDueAttempts } from './sql/claim-attempts.ts';
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
  takeDue(limit: number): Promise<readonly Attempt[]>;
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
    takeDue: (limit) => {
      const now = clock();
      return takeDueAttempts(database, limit, now, now + LEASE_MS);
    },
    claimFor: (orderIds) => {
      const left = [...orderIds];
      return async (limit) => {
        for (let now = clock(); left.length > 0; now = clock()) {
          const taken = await takeAttemptsOf(database, left.splice(0, limit), now, now + LEASE_MS);
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
      const endings = steps.filter((step) => step.kind === 'ended');
      const postponements = steps.filter((step) => step.kind === 'postponed');
      return database.transaction((transaction) => writeSteps(transaction, endings, postponements, now));
    },
    release: (attempts) => releaseAttempts(database, attempts, clock()),
  };
}

/** Orders first, then attempts, as everybody locks them. Orders that stay as they are need no lock. */
async function writeSteps(
  transaction: Queryable,
  endings: readonly Ending[],
  postponements: readonly Postponement[],
  now: number,
): Promise<WrittenResults> {
  const ended = endings.length === 0 ? nothing : await endOrders(transaction, endings, now);
  const postponed = postponements.length === 0 ? 0 : await postponeAttempts(transaction, postponements);
  const written = ended.completed + ended.failed + postponed;
  const postponedBecause = postponements.at(-1)?.why;
  return {
    ...ended,
    postponed,
    postponedBecause,
    overtaken: endings.length + postponements.length - written,
  };
}

type Ended = Omit<WrittenResults, 'postponed' | 'overtaken'>;

const nothing: Ended = { completed: 0, failed: 0, deadLetters: [], outbox: [] };

async function endOrders(transaction: Queryable, endings: readonly Ending[], now: number): Promise<Ended> {
  const stored = await lockOrders(
    transaction,
    endings.map(({ attempt }) => attempt.order.orderId),
  );
  const held = await lockHeldAttempts(
    transaction,
    endings.map(({ attempt }) => attempt),
  );
  const steps = endings.flatMap((ending) => {
    const order = stored.get(ending.attempt.order.orderId);
    return order?.status === 'PROCESSING' && held.has(order.orderId)
      ? { ending, ...endOrder(order, ending, now) }
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
    steps.map(({ ending }) => ending),
    now,
  );
  const completed = orders.filter(({ status }) => status === 'COMPLETED').length;
  return {
    completed,
    failed: orders.length - completed,
    deadLetters,
    outbox: [
      { id: outboxId, messages: orders.map(statusMessage) },
      ...(await outboxOfLetters(transaction, deadLetters, now)),
    ],
  };
}

/** Forgets the attempts of orders that have ended, and keeps those that are given up, each with its dead letter. */
async function settleAttempts(
  transaction: Queryable,
  endings: readonly Ending[],
  now: number,
): Promise<OpenedLetter[]> {
  const idOf = ({ attempt }: Ending): string => attempt.order.orderId;
  const done = endings.filter(({ deadLetter }) => deadLetter === undefined);
  if (done.length > 0) {
    await deleteAttempts(transaction, done.map(idOf));
  }
  const deadLetters = endings.flatMap(({ deadLetter }) => deadLetter ?? []);
  if (deadLetters.length > 0) {
    const givenUp = endings.flatMap((ending) =>
      ending.deadLetter ? { orderId: idOf(ending), why: ending.deadLetter.message } : [],
    );
    await exhaustAttempts(transaction, givenUp);
  }
  return insertDeadLetters(transaction, deadLetters, now);
}
