import type { Clock } from '../time/clock.ts';
import {
  addLease,
  type Lease,
  type LeaseRequest,
  leaseRequest,
  nextStep,
  noPermits,
  type Permits,
  WINDOW_MS,
  windowStart,
} from './permits.ts';

/** The longest that a request waits for a lease. Then it is accepted without a check. */
const DEADLINE_MS = 50;
const TICK_MS = 5;

/** How long requests do not wait for permits after a failure, and the shortest time between two reports. */
const PAUSE_MS = 1_000;

/** `unchecked`: PostgreSQL did not grant permits in time. The request is accepted. */
export type Verdict =
  | {
      readonly outcome: 'accepted' | 'rejected';
      /** An upper bound: other processes may have leased permits since. */
      readonly remaining: number;
      /** Until the next window, at least 1. */
      readonly resetSeconds: number;
    }
  | { readonly outcome: 'unchecked' };

export interface RateLimiter {
  /** Permits of one principal in one window. */
  readonly limit: number;
  /** Takes the permits of a request, which costs at most `limit`. Never rejects its promise. */
  check(principal: string, cost: number): Promise<Verdict>;
}

export interface RateLimiterOptions {
  readonly limit: number;
  /** Leases permits of a window from PostgreSQL. May take longer than the deadline: the permits are then used later. */
  readonly lease: (principal: string, window: number, request: LeaseRequest) => Promise<Lease>;
  readonly clock: Clock;
  /** Receives the number of unchecked requests since the last report and the last failure, at most once a second. */
  readonly report: (requests: number, failure: unknown) => void;
}

/** A principal in the current window. */
interface Account {
  permits: Permits;
  /** The cost of the requests that wait for a lease. */
  waiting: number;
  /** The lease in progress: one at a time. Resolves to whether PostgreSQL answered. */
  leasing: Promise<boolean> | undefined;
}

/** Returns the limiter of one process. Several processes share the limit through PostgreSQL. */
export function createRateLimiter({ limit, lease, clock, report }: RateLimiterOptions): RateLimiter {
  const accounts = new Map<string, Account>();
  const outage = trackOutage(clock, report);
  let window = Number.NaN;

  function accountOf(principal: string): Account {
    const current = windowStart(clock());
    if (current !== window) {
      window = current;
      accounts.clear();
    }
    const account = accounts.get(principal) ?? { permits: noPermits(limit), waiting: 0, leasing: undefined };
    accounts.set(principal, account);
    return account;
  }

  async function startLease(account: Account, principal: string, atLeast: number): Promise<boolean> {
    await undefined; // requests that arrive together share a lease
    const request = leaseRequest(account.permits, atLeast, account.waiting, limit);
    try {
      const granted = await lease(principal, window, request);
      account.permits = addLease(account.permits, granted); // others may have used permits meanwhile
      outage.end();
      return true;
    } catch (error) {
      outage.begin(error);
      return false;
    } finally {
      account.leasing = undefined;
    }
  }

  /** Returns whether PostgreSQL answered in time. */
  async function awaitLease(account: Account, cost: number, leasing: Promise<boolean>): Promise<boolean> {
    account.waiting += cost;
    const answered = await settledInTime(leasing);
    account.waiting -= cost;
    if (answered === undefined) {
      outage.begin(new Error(`PostgreSQL did not answer within ${DEADLINE_MS} ms`));
    }
    return answered ?? false;
  }

  const verdict = (outcome: 'accepted' | 'rejected', { inHand, left }: Permits): Verdict => ({
    outcome,
    remaining: inHand + left,
    resetSeconds: Math.max(1, Math.ceil((window + WINDOW_MS - clock()) / 1_000)),
  });

  return {
    limit,
    check: async (principal, cost) => {
      for (;;) {
        const account = accountOf(principal);
        const step = nextStep(account.permits, cost);
        if (step.kind === 'accept') {
          account.permits = step.permits;
          return verdict('accepted', account.permits);
        }
        if (step.kind === 'reject') {
          return verdict('rejected', account.permits);
        }
        if (outage.isRecent()) {
          return outage.letThrough();
        }
        account.leasing ??= startLease(account, principal, step.atLeast);
        if (!(await awaitLease(account, cost, account.leasing))) {
          return outage.letThrough();
        }
      }
    },
  };
}

/** Remembers the last failure of a lease, and reports the requests that are let through meanwhile. */
function trackOutage(clock: Clock, report: RateLimiterOptions['report']) {
  let failure: unknown;
  let failedAt = Number.NaN;
  let reportedAt = Number.NaN;
  let unreported = 0;
  /** A time in the future means that the clock was turned back. */
  const isRecent = (at: number): boolean => clock() >= at && clock() < at + PAUSE_MS;
  const reportAll = (): void => {
    report(unreported, failure);
    reportedAt = clock();
    unreported = 0;
  };

  return {
    begin: (error: unknown): void => {
      failure = error;
      failedAt = clock();
    },
    end: (): void => {
      failedAt = Number.NaN;
      if (unreported > 0) {
        reportAll();
      }
    },
    isRecent: () => isRecent(failedAt),
    letThrough: (): Verdict => {
      unreported += 1;
      if (!isRecent(reportedAt)) {
        reportAll();
      }
      return { outcome: 'unchecked' };
    },
  };
}

/**
 * Returns the value of `promise`, or undefined after the deadline. The deadline is counted in ticks, so a process that is
 * busy, and reads answers late, does not take PostgreSQL for slow.
 */
async function settledInTime<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    let leftMs = DEADLINE_MS;
    timer = setInterval(() => {
      leftMs -= TICK_MS;
      if (leftMs <= 0) {
        resolve(undefined);
      }
    }, TICK_MS);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearInterval(timer);
  }
}
