import type { Clock } from '../time/clock.ts';

/**
 * A NAT gateway drops an idle connection after 350 s, and a broker closes one after 10 minutes. A process that Lambda froze
 * does not notice this, and would wait for a response that never arrives.
 */
const IDLE_LIMIT_MS = 60_000;

/** Runs work that uses a client. */
export type Use = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Replaces a client before its next use if it was idle for more than a minute, and never while other work uses it.
 * `recycle` must close the client's connections without waiting for them. `clock` must continue while the process is
 * frozen; timers and `performance.now()` may stop.
 */
export function recycleIdle(recycle: () => void, clock: Clock): Use {
  let inUse = 0;
  let usedAt = clock();

  return async (work) => {
    if (inUse === 0 && clock() - usedAt > IDLE_LIMIT_MS) {
      recycle();
    }
    inUse += 1;
    try {
      return await work();
    } finally {
      inUse -= 1;
      usedAt = clock();
    }
  };
}
