import { setTimeout as sleep } from 'node:timers/promises';
import type { FulfilmentConfig } from '../config/config.ts';
import { reportingOpened } from '../dead-letters/report-opened.ts';
import type { CallSummary } from '../fulfilment/attempt.ts';
import { callAttempts, retryDue } from '../fulfilment/call-attempts.ts';
import { fulfilmentAttempts } from '../fulfilment/fulfilment-attempts.ts';
import { batchLimits, retryLimits } from '../fulfilment/limits.ts';
import { createWebhook } from '../fulfilment/webhook.ts';
import { systemClock } from '../time/clock.ts';
import { database, receiver } from './connections.ts';
import { publishCommitted } from './publish-committed.ts';

/**
 * Calls the receiver with the shared connections of the process. When these functions have settled, no call is pending.
 * They reject with `secret_unavailable`, and claim no order, if the signing secret cannot be read.
 */

/** Calls for those of the orders that wait for their first call, or are due. Takes 2 s, and the time to write the results. */
export async function callForOrders(
  fulfilment: FulfilmentConfig,
  orderIds: readonly string[],
  requestId: string,
): Promise<CallSummary> {
  using webhook = createWebhook(await receiver(fulfilment), systemClock);
  const { claimFor, write, release } = fulfilmentAttempts(database(), systemClock, Math.random);
  const run = {
    claim: claimFor(orderIds),
    call: webhook.call,
    write: reportingOpened(requestId, write),
    release,
    publishCommitted,
    clock: systemClock,
  };
  return await callAttempts(run, batchLimits(systemClock()));
}

/** Calls for the orders that are due now or within the next 50 s. Ends before the invocation's time is over. */
export async function callForDueOrders(
  fulfilment: FulfilmentConfig,
  timeLeftMs: number,
  requestId: string,
): Promise<CallSummary> {
  using webhook = createWebhook(await receiver(fulfilment), systemClock);
  const { claimDue, nextDueAt, write, release } = fulfilmentAttempts(database(), systemClock, Math.random);
  const run = {
    claim: claimDue,
    call: webhook.call,
    write: reportingOpened(requestId, write),
    release,
    nextDueAt,
    publishCommitted,
    clock: systemClock,
    sleep: (ms: number) => sleep(ms),
  };
  return await retryDue(run, retryLimits(systemClock(), timeLeftMs));
}
