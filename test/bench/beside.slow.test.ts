import { describe, expect, test } from '@jest/globals';
import { benchBeside } from '../../bench/beside/beside.ts';
import { besideLines } from '../../bench/beside/beside-lines.ts';
import type { Plan } from '../../bench/beside/plan.ts';
import { installPredecessor } from '../../bench/predecessor/predecessor.ts';

/** The short form of `npm run bench -- beside`: it proves that both sides run, and nothing about their speed. */

const quickPlan: Plan = {
  rounds: 1,
  warmUpSeconds: 3, // the first request of a function takes seconds on a busy machine, and a rate must not be 0
  httpSeconds: 1,
  connections: [1, 10],
  backlogOrders: 5_000,
  sameWorkOrders: 2_000,
  eachOrders: 200,
  messages: 1_000,
  latencySeconds: 2,
};

const isThere = (await installPredecessor()) !== undefined;
const withPython = isThere || process.env.CI ? describe : describe.skip; // in CI a skipped check must fail
if (!isThere) {
  process.stderr.write('SKIPPED: the predecessor does not run, because there is no Python 3.11 or newer.\n');
}

withPython('the comparison of Orderly with the predecessor', () => {
  test('both accept and store every order, in every measurement', async () => {
    const comparison = await benchBeside(quickPlan);

    const { http, backlog, senders, latency } = comparison;
    const loads = http.flatMap((round) => Object.values(round).flat());
    expect(loads).toHaveLength(8);
    expect(loads.map(({ notAccepted }) => notAccepted)).toEqual(loads.map(() => 0));
    const rates = [
      ...loads.map(({ perSecond }) => perSecond),
      ...backlog.flatMap((round) => Object.values(round)),
      ...senders.flatMap(({ orderly, predecessor }) => [...orderly, ...predecessor]),
    ];
    expect(rates).toHaveLength(8 + 4 + 6);
    expect(Math.min(...rates)).toBeGreaterThan(0);
    for (const { acknowledged, completed, notAccepted } of Object.values(latency)) {
      expect({ sent: acknowledged.count, watched: completed.count, notAccepted }).toEqual({
        sent: quickPlan.latencySeconds * 100,
        watched: quickPlan.latencySeconds * 50,
        notAccepted: 0,
      });
    }
    expect(besideLines(comparison).join()).not.toMatch(/NaN|Infinity|undefined/);
  }, 900_000);
});
