import { expect, test } from '@jest/globals';
import { retryDue } from '../../../lib/fulfilment/call-attempts.ts';
import { retryLimits } from '../../../lib/fulfilment/limits.ts';
import { NOON } from '../../support/attempts.ts';
import { callRun } from '../../support/call-run.ts';
import { freshDatabase } from '../../support/database.ts';
import { startFulfilmentReceiver } from '../../support/fulfilment-receiver.ts';
import { storeWaitingOrders } from '../../support/waiting-orders.ts';

/** Outages of hours are in test/slow/outages/fulfilment-outage.slow.test.ts. */

test('a run ends at once when nothing falls due in its time', async () => {
  await using db = await freshDatabase();
  await using receiver = await startFulfilmentReceiver();
  const now = NOON;
  using calls = callRun(db, receiver, () => now);
  const slept: number[] = [];
  const run = {
    ...calls.run,
    nextDueAt: calls.nextDueAt,
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  const onEmptyTable = await retryDue(run, retryLimits(now, 90_000));
  await storeWaitingOrders(db.database, () => now + 50_000, ['later']);
  const beforeItIsDue = await retryDue(run, retryLimits(now, 90_000));

  expect([onEmptyTable.called, beforeItIsDue.called]).toEqual([0, 0]);
  expect(slept).toEqual([]);
});
