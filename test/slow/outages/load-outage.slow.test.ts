import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { startScript } from '../../bench/running-script.ts';
import { countOrders } from '../../support/database.ts';
import { type RunningStart, startOrderly } from '../../support/npm-start.ts';
import { until } from '../../support/until.ts';

/** So long that orders are stored before its end, also on a busy machine. */
const SECONDS = 15;
const ORDERS = 50 * SECONDS;

let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly();
});
afterAll(async () => {
  await orderly?.stop();
});

const findings = z.object({
  prefix: z.string(),
  sent: z.number(),
  acknowledged: z.number(),
  stored: z.null(),
  errors: z.record(z.string(), z.number()),
  verdict: z.object({ ok: z.boolean(), errors: z.number(), not_compared: z.string() }),
});

test('when the stack is killed, it still reports the sent and acknowledged orders and that it could not compare them', async () => {
  const options = ['--rate', '50', '--seconds', `${SECONDS}`, '--json'];
  const load = startScript(['load', '--', ...options], orderly.environment);
  await until('orders are stored', async () => (await countOrders(orderly.databaseUrl)) > 0);

  await orderly.killEverything();
  const exitCode = await load.ended;

  const result = findings.parse(JSON.parse(load.output.out));
  const failed = Object.values(result.errors).reduce((sum, orders) => sum + orders, 0);
  expect(load.output.err).toContain(`begin with ${result.prefix}\n`);
  expect(result.sent).toBe(ORDERS);
  expect(result.acknowledged).toBeGreaterThan(0);
  expect(result.errors).toHaveProperty('ECONNREFUSED');
  expect(result.acknowledged + failed).toBe(ORDERS);
  expect(result.verdict).toEqual({
    ok: false,
    errors: failed,
    not_compared: 'The database does not respond.',
  });
  expect(exitCode).toBe(1);
});
