import { setTimeout as sleep } from 'node:timers/promises';
import type { FulfilmentConfig } from '../config/config.ts';
import type { CallSummary } from '../fulfilment/attempt.ts';
import { callAttempts, retryDue } from '../fulfilment/call-attempts.ts';
import { fulfilmentAttempts } from '../fulfilment/fulfilment-attempts.ts';
import { batchLimits, retryLimits } from '../fulfilment/limits.ts';
import { createWebhook } from '../fulfilment/webhook.ts';
import { systemClock } from '../time/clock.ts';
import { database, receiver } from './connections.ts';
import { publishCommitted } from './publish-committed.ts';

/**
 * Calls the receiver, with what the functions of one process share. Nothing is pending when these have settled. They
 * reject with `secret_unavailable` before any order is taken when there is nothing to sign the calls with.
 */

/** Calls for those of the orders that nobody was called for yet, or is due to be again. Takes 2 s, and then what it has to write. */
export async function callForOrders(
  fulfilment: FulfilmentConfig,
  orderIds: readonly string[],
): Promise<CallSummary> {
  using webhook = createWebhook(await receiver(fulfilment), systemClock);
  const { claimFor, write, release } = fulfilmentAttempts(database(), systemClock, Math.random);
  const run = {
    claim: claimFor(orderIds),
    call: webhook.call,
    write,
    release,
    publishCommitted,
    clock: systemClock,
  };
  return await callAttempts(run, batchLimits(systemClock()));
}

/** Calls for whatever is due, and falls due in the next 50 s, in the time that is left. */
export async function callForDueOrders(
  fulfilment: FulfilmentConfig,
  timeLeftMs: number,
): Promise<CallSummary> {
  using webhook = createWebhook(await receiver(fulfilment), systemClock);
  const { claimDue, nextDueAt, write, release } = fulfilmentAttempts(database(), systemClock, Math.random);
  const run = {
    claim: claimDue,
    call: webhook.call,
    write,
    release,
    nextDueAt,
    publishCommitted,
    clock: systemClock,
    sleep: (ms: number) => sleep(ms),
  };
  return await retryDue(run, retryLimits(systemClock(), timeLeftMs));
}
