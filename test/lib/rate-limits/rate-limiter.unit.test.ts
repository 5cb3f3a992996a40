import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WINDOW_MS, windowStart } from '../../../lib/rate-limits/permits.ts';
import {
  createRateLimiter,
  type RateLimiter,
  type RateLimiterOptions,
} from '../../../lib/rate-limits/rate-limiter.ts';
import { leasedWindows } from './leased-windows.ts';

const START = Date.parse('2026-11-01T12:00:00Z');

interface Instances {
  readonly all: readonly RateLimiter[];
  /** Advances or turns back the clock of all instances. */
  turn(ms: number): void;
  now(): number;
  /** Number of leases so far. */
  leases(): number;
}

/** Waits for turns of the event loop. */
async function nextTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await nextTurn();
  }
}

/** Returns processes that share the limit. Their clocks differ by `skewsMs`, and their leases are in flight for some turns. */
function instances(limit: number, skewsMs: readonly number[], leaseTurns = 0): Instances {
  const windows = leasedWindows();
  let now = START;
  let leases = 0;
  return {
    all: skewsMs.map((skewMs) =>
      createRateLimiter({
        limit,
        clock: () => now + skewMs,
        lease: async (principal, window, request) => {
          leases += 1;
          await nextTurns(leaseTurns);
          const lease = windows.lease(principal, window, request, limit);
          await nextTurns(leaseTurns);
          return lease;
        },
        report: () => undefined,
      }),
    ),
    turn: (ms) => {
      now += ms;
    },
    now: () => now,
    leases: () => leases,
  };
}

const outcomes = async (limiter: RateLimiter | undefined, count: number, cost = 1): Promise<unknown[]> => {
  const verdicts = await Promise.all(Array.from({ length: count }, () => limiter?.check('p', cost)));
  return verdicts.map((verdict) => verdict?.outcome);
};

const accepted = (found: readonly unknown[]): number =>
  found.filter((outcome) => outcome === 'accepted').length;

describe('several processes', () => {
  const request = fc.record({
    instance: fc.nat(3),
    cost: fc.integer({ min: 1, max: 12 }),
    /** Clocks go back too, by less than a window. */
    turnMs: fc.integer({ min: -20_000, max: 30_000 }),
  });

  test('never accept more than the limit in a window and what each has in hand, for any requests and clocks that go back or differ by seconds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 12, max: 200 }),
        fc.array(fc.integer({ min: -3_000, max: 3_000 }), { minLength: 1, maxLength: 4 }),
        fc.array(request, { maxLength: 300 }),
        async (limit, skewsMs, requests) => {
          const { all, turn, now } = instances(limit, skewsMs);
          let latest = Number.NEGATIVE_INFINITY;
          let sum = 0;
          for (const { instance, cost, turnMs } of requests) {
            turn(Math.max(turnMs, latest - 30_000 - now()));
            const limiter = all[instance % all.length];
            const time = now() + (skewsMs[instance % all.length] ?? 0);
            if (windowStart(time) > windowStart(latest)) {
              sum = 0;
            }
            latest = Math.max(latest, time);
            const verdict = await limiter?.check('p', cost);
            sum += verdict?.outcome === 'accepted' ? cost : 0;

            expect(sum).toBeLessThanOrEqual(limit + all.length * Math.floor(limit * 0.05));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('never accept more than the limit, for any requests that arrive together while leases are slow', async () => {
    const request = fc.record({
      instance: fc.nat(1),
      cost: fc.oneof(fc.constant(1), fc.integer({ min: 10, max: 20 })),
      turns: fc.nat(60),
    });
    const together = fc.array(request, { minLength: 100, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 100, max: 400 }),
        fc.nat(3),
        together,
        async (limit, slow, requests) => {
          const { all } = instances(limit, [0, 0], slow);

          const costs = await Promise.all(
            requests.map(async ({ instance, cost, turns }) => {
              await nextTurns(turns);
              const verdict = await all[instance]?.check('p', cost);
              return verdict?.outcome === 'accepted' ? cost : 0;
            }),
          );

          expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('accept the limit, except for permits that a process has leased and not used: at most 5 % each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(3), { minLength: 2_000, maxLength: 2_000 }),
        async (limit, processes, order) => {
          const { all } = instances(limit, new Array(processes).fill(0));
          let sum = 0;
          for (const index of order) {
            sum += accepted(await outcomes(all[index % processes], 1));
          }

          expect(sum).toBeLessThanOrEqual(limit);
          expect(sum).toBeGreaterThanOrEqual(limit - processes * Math.floor(limit * 0.05));
        },
      ),
      { numRuns: 20 },
    );
  });

  test('with one request each use the whole limit', async () => {
    const { all } = instances(100, new Array(400).fill(0));

    const found = await Promise.all(all.map((limiter) => outcomes(limiter, 1)));

    expect(accepted(found.flat())).toBe(100);
  });
});

describe('a process', () => {
  test('takes few leases for many requests at once, and none after the last permit', async () => {
    const { all, leases } = instances(100, [0]);

    expect(accepted(await outcomes(all[0], 300))).toBe(100);
    expect(leases()).toBeLessThanOrEqual(3);

    const before = leases();
    expect(accepted(await outcomes(all[0], 50))).toBe(0);
    expect(leases()).toBe(before);
  });

  test('takes one lease for every 5 % of the limit, once it has used as many permits', async () => {
    const { all, leases } = instances(1_000, [0]);
    for (let index = 0; index < 1_000; index += 1) {
      await outcomes(all[0], 1);
    }

    expect(leases()).toBeLessThan(20 + 8);
  });

  test('loses unused permits with their window, and begins the next one with the whole limit', async () => {
    const { all, turn } = instances(100, [0]);
    const [limiter] = all;
    await outcomes(limiter, 40);

    turn(WINDOW_MS);

    expect(accepted(await outcomes(limiter, 200))).toBe(100);
  });

  test('does not use permits of the previous window that arrive in the next one', async () => {
    const windows = leasedWindows();
    const late = Promise.withResolvers<void>();
    let now = START;
    let leases = 0;
    const limiter = createRateLimiter({
      limit: 100,
      clock: () => now,
      lease: async (principal, window, request) => {
        leases += 1;
        const lease = windows.lease(principal, window, request, 100);
        await (leases === 1 ? late.promise : undefined);
        return lease;
      },
      report: () => undefined,
    });
    const early = outcomes(limiter, 80);
    await outcomes(limiter, 0);

    now += WINDOW_MS;
    const next = await outcomes(limiter, 60);
    late.resolve();

    expect(accepted([...(await early), ...next])).toBe(100);
  });

  test('reports what is left and the seconds to the next window', async () => {
    const { all, turn } = instances(100, [0]);
    turn(42_001);

    expect(await all[0]?.check('p', 40)).toEqual({ outcome: 'accepted', remaining: 60, resetSeconds: 18 });
    expect(await all[0]?.check('p', 61)).toEqual({ outcome: 'rejected', remaining: 60, resetSeconds: 18 });
    expect(await all[0]?.check('p', 60)).toEqual({ outcome: 'accepted', remaining: 0, resetSeconds: 18 });

    turn(WINDOW_MS - 42_002);
    expect(await all[0]?.check('p', 1)).toEqual({ outcome: 'rejected', remaining: 0, resetSeconds: 1 });
  });

  test('rejects a large request and accepts a small one that arrive together, if only the small one fits', async () => {
    const { all } = instances(100, [0]);
    await all[0]?.check('p', 70);

    const verdicts = await Promise.all([31, 30].map((cost) => all[0]?.check('p', cost)));

    expect(verdicts.map((verdict) => verdict?.outcome)).toEqual(['rejected', 'accepted']);
  });

  test('limits each principal separately', async () => {
    const { all } = instances(10, [0]);
    await outcomes(all[0], 10);

    expect(await all[0]?.check('other', 10)).toMatchObject({ outcome: 'accepted' });
  });
});

describe('while PostgreSQL grants no permits', () => {
  interface Report {
    readonly requests: number;
    readonly failure: unknown;
  }

  function limiterWith(lease: RateLimiterOptions['lease']) {
    const reports: Report[] = [];
    let now = START;
    const limiter = createRateLimiter({
      limit: 100,
      lease,
      clock: () => now,
      report: (requests, failure) => reports.push({ requests, failure }),
    });
    const turn = (ms: number): void => {
      now += ms;
    };
    return { limiter, reports, turn };
  }

  test('every request is let through and counted, with one attempt and one report a second', async () => {
    let attempts = 0;
    const failure = new Error('unavailable');
    const { limiter, reports, turn } = limiterWith(() => {
      attempts += 1;
      return Promise.reject(failure);
    });

    expect(new Set(await outcomes(limiter, 200))).toEqual(new Set(['unchecked']));
    await outcomes(limiter, 100);
    expect({ attempts, reports }).toEqual({ attempts: 1, reports: [{ requests: 1, failure }] });

    turn(1_000);
    await outcomes(limiter, 1);
    expect({ attempts, reports: reports.slice(1) }).toEqual({
      attempts: 2,
      reports: [{ requests: 300, failure }],
    });
  });

  test('a clock that is turned back does not extend the pause', async () => {
    let attempts = 0;
    const { limiter, turn } = limiterWith(() => {
      attempts += 1;
      return Promise.reject(new Error('unavailable'));
    });
    await outcomes(limiter, 1);

    turn(-3_600_000);
    await outcomes(limiter, 1);

    expect(attempts).toBe(2);
  });

  test('a request waits about 50 ms, the next ones do not wait, and permits that arrive later are used', async () => {
    const windows = leasedWindows();
    const late = Promise.withResolvers<void>();
    const { limiter, reports } = limiterWith(async (...asked) => {
      await late.promise;
      return windows.lease(...asked, 100);
    });
    const startedAt = performance.now();

    expect(await outcomes(limiter, 1)).toEqual(['unchecked']);
    const waitedMs = performance.now() - startedAt;
    expect(await outcomes(limiter, 3)).toEqual(['unchecked', 'unchecked', 'unchecked']);

    expect(waitedMs).toBeGreaterThanOrEqual(49);
    expect(waitedMs).toBeLessThan(1_000);
    late.resolve();
    expect(accepted(await outcomes(limiter, 3))).toBeLessThan(3);
    expect(accepted(await outcomes(limiter, 200))).toBe(100);
    expect(reports).toEqual([
      {
        requests: 1,
        failure: expect.objectContaining({ message: 'PostgreSQL did not answer within 50 ms' }),
      },
      { requests: expect.any(Number), failure: expect.anything() },
    ]);
  });

  test('permits in hand are used first', async () => {
    const windows = leasedWindows();
    let isAvailable = true;
    const { limiter } = limiterWith(async (...asked) => {
      if (!isAvailable) {
        throw new Error('unavailable');
      }
      return windows.lease(...asked, 100);
    });
    await outcomes(limiter, 1);
    await outcomes(limiter, 1);
    await outcomes(limiter, 1); // leases two
    isAvailable = false;

    expect([await outcomes(limiter, 1), await outcomes(limiter, 1)]).toEqual([['accepted'], ['unchecked']]);
  });
});
