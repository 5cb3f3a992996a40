import type { Clock } from '../time/clock.ts';

/**
 * A NAT gateway forgets a connection after 350 s without a word, and a broker ends one after 10 minutes. A process that
 * Lambda has frozen meanwhile hears nothing of it, and would wait for an answer that never comes.
 */
const UNUSED_LIMIT_MS = 60_000;

/** Runs work with a client. */
export type Use = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Has a client made anew before it is used after more than a minute without use: `renew` must end its connections, without
 * waiting for them. Never while other work with the client is under way. The clock has to go on while the process is
 * frozen, which timers and `performance.now()` need not do.
 */
export function recycleIdle(renew: () => void, clock: Clock): Use {
  let inUse = 0;
  let usedAt = clock();

  return async (work) => {
    if (inUse === 0 && clock() - usedAt > UNUSED_LIMIT_MS) {
      renew();
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
