import { type CallRun, callAttempts } from './call-attempts.ts';
import { type CallSummary, noCalls, sum } from './call-summary.ts';
import type { CallLimits } from './limits.ts';

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
