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

/** What a run of calls works with. */
export interface CallRun {
  /** At most so many attempts, under a lease; none when there are none now. */
  readonly claim: (limit: number) => Promise<readonly Attempt[]>;
  /** Never rejects. */
  readonly call: (attempt: Attempt, timeoutMs: number) => Promise<CallResult>;
  readonly write: (called: readonly CalledAttempt[]) => Promise<WrittenResults>;
  /** Gives back attempts whose calls were not begun. */
  readonly release: (attempts: readonly Attempt[]) => Promise<void>;
  /** Publishes what was committed. Never rejects. */
  readonly publishCommitted: (entries: readonly OutboxEntry[]) => Promise<void>;
  readonly clock: Clock;
}

/** While calls are in flight, others may fall due. */
const POLL_INTERVAL_MS = 1_000;

/**
 * Makes the calls of all attempts that there are to take, concurrently up to the limit, and writes what came of them
 * while others are still in flight: one that hangs holds up nobody else's outcome. A place is free again when its result
 * is written, so a slow database slows the calls down. Ends when nothing is left to take or no call may begin any more,
 * and nothing is in flight.
 *
 * Rejects as `take`, `write` or `release` did first, then too when nothing is in flight. An attempt whose result could
 * not be written falls due again when its lease ends.
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
  /** A process may have been frozen since it took the attempt: somebody else may have it by now, or soon. */
  const hasTimeForCall = ({ leasedUntil }: Attempt): boolean =>
    clock() < limits.beginUntil && leasedUntil - clock() >= limits.callTimeoutMs + LEASE_MARGIN_MS;
  /** Until a place is free, or something may have fallen due. */
  const slotOrTimeout = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(POLL_INTERVAL_MS, limits.beginUntil - clock()));
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

/** Keeps a promise in a set for as long as it is pending. */
function track(pending: Set<Promise<void>>, promise: Promise<void>): Promise<void> {
  const tracked = promise.finally(() => pending.delete(tracked));
  pending.add(tracked);
  return tracked;
}

export interface RetryRun extends CallRun {
  /** When the next attempt falls due, in milliseconds since the epoch; undefined when none waits. */
  readonly nextDueAt: () => Promise<number | undefined>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What is due already was taken by somebody else, who may put it back. */
const SHORTEST_PAUSE_MS = 100;

/**
 * Makes the calls that are due and those that fall due while calls may begin, so that a pause of seconds is not one of a
 * minute. Returns at once when none does.
 */
export async function retryDue(run: RetryRun, limits: CallLimits): Promise<CallSummary> {
  let summary = noCalls;
  for (;;) {
    summary = sum(summary, await callAttempts(run, limits));
    const dueAt = await run.nextDueAt();
    const resumeAt = Math.max(dueAt ?? Number.POSITIVE_INFINITY, run.clock() + SHORTEST_PAUSE_MS);
    if (resumeAt >= limits.beginUntil) {
      return summary;
    }
    await run.sleep(resumeAt - run.clock());
  }
}
