import type { OutboxEntry } from '../outbox/outbox-entry.ts';
import type { Clock } from '../time/clock.ts';
import {
  type Attempt,
  type CalledAttempt,
  type CallResult,
  type CallSummary,
  noCalls,
  sum,
  type WrittenResults,
} from './attempt.ts';
import { coalesce } from './coalesce.ts';
import { type CallLimits, LEASE_MARGIN_MS } from './limits.ts';

/** The operations of a run of calls. */
export interface CallRun {
  /** Returns up to `limit` attempts under a lease; an empty array if none is available. */
  readonly claim: (limit: number) => Promise<readonly Attempt[]>;
  /** Never rejects. */
  readonly call: (attempt: Attempt, timeoutMs: number) => Promise<CallResult>;
  readonly write: (called: readonly CalledAttempt[]) => Promise<WrittenResults>;
  /** Releases attempts whose calls did not start. */
  readonly release: (attempts: readonly Attempt[]) => Promise<void>;
  /** Publishes what was committed. Never rejects. */
  readonly publishCommitted: (entries: readonly OutboxEntry[]) => Promise<void>;
  readonly clock: Clock;
}

/** Other attempts may fall due while calls are in flight. */
const POLL_INTERVAL_MS = 1_000;

/**
 * Calls the receiver for all available attempts, concurrently up to the limit. Writes results while other calls are
 * in flight, so that a slow call delays no other result. A slot is free again when its result is written, so a slow
 * database slows the calls down. Ends when no attempt is left or no call may start, and nothing is in flight.
 *
 * Rejects with the first error of `claim`, `write` or `release`, after all calls in flight have ended. An attempt
 * whose result was not written falls due again when its lease ends.
 */
export async function callAttempts(run: CallRun, limits: CallLimits): Promise<CallSummary> {
  const { clock } = run;
  const inFlight = new Set<Promise<void>>();
  const publishing = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let summary = noCalls;
  let wake = (): void => undefined;

  const publishCommitted = coalesce<readonly OutboxEntry[]>((groups) => run.publishCommitted(groups.flat()));
  const write = coalesce<CalledAttempt>(async (called) => {
    const written = await run.write(called);
    summary = sum(summary, written);
    if (written.outbox.length > 0) {
      track(publishing, publishCommitted(written.outbox));
    }
  });
  const callOne = async (attempt: Attempt): Promise<void> => {
    try {
      const timeoutMs = Math.min(limits.callTimeoutMs, limits.abortAt - clock());
      await write({ attempt, result: await run.call(attempt, timeoutMs) });
    } catch (error) {
      failures.push(error);
    }
  };
  /** The process may have been frozen after the claim: another worker may have the attempt now. */
  const hasTimeForCall = ({ leasedUntil }: Attempt): boolean =>
    clock() < limits.beginUntil && leasedUntil - clock() >= limits.callTimeoutMs + LEASE_MARGIN_MS;
  /** Resolves when a slot is free, or after the poll interval. */
  const slotOrTimeout = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(POLL_INTERVAL_MS, Math.max(0, limits.beginUntil - clock())));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  try {
    while (clock() < limits.beginUntil && failures.length === 0) {
      const freeSlots = limits.concurrency - inFlight.size;
      const claimed = freeSlots === 0 ? [] : await run.claim(freeSlots);
      const begun = claimed.filter(hasTimeForCall);
      for (const attempt of begun) {
        track(inFlight, callOne(attempt)).then(() => wake());
      }
      const notBegun = claimed.filter((attempt) => !begun.includes(attempt));
      summary = sum(summary, { called: begun.length, released: notBegun.length });
      if (notBegun.length > 0) {
        await run.release(notBegun);
      }
      if (inFlight.size === 0 && begun.length === 0) {
        break;
      }
      if (inFlight.size > 0 && (freeSlots === 0 || claimed.length < freeSlots)) {
        await slotOrTimeout();
      }
    }
  } finally {
    await Promise.all(inFlight);
    await Promise.all(publishing);
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  return summary;
}

/** Keeps a promise in a set while it is pending. */
function track(pending: Set<Promise<void>>, promise: Promise<void>): Promise<void> {
  const tracked = promise.finally(() => pending.delete(tracked));
  pending.add(tracked);
  return tracked;
}

export interface RetryRun extends CallRun {
  /** Returns when the next attempt falls due, in milliseconds since the epoch; undefined if no order waits. */
  readonly nextDueAt: () => Promise<number | undefined>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** An attempt that is already due was claimed by another worker, which may release it. */
const MIN_PAUSE_MS = 100;

/**
 * Makes the calls that are due and those that fall due while calls may start, so that a back-off of seconds does
 * not become a minute. Returns at once if there are none.
 */
export async function retryDue(run: RetryRun, limits: CallLimits): Promise<CallSummary> {
  let summary = noCalls;
  for (;;) {
    summary = sum(summary, await callAttempts(run, limits));
    const dueAt = await run.nextDueAt();
    const resumeAt = Math.max(dueAt ?? Number.POSITIVE_INFINITY, run.clock() + MIN_PAUSE_MS);
    if (resumeAt >= limits.beginUntil) {
      return summary;
    }
    await run.sleep(resumeAt - run.clock());
  }
}
