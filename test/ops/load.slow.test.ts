import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startScript } from '../bench/running-script.ts';
import { apiRequest } from '../support/api-request.ts';
import { countOrders } from '../support/database.ts';
import { type RunningStart, runScript, startOrderly } from '../support/npm-start.ts';
import { until } from '../support/until.ts';
import { faultless, resultIn } from './load-output.ts';

/** These tests freeze the functions of their stack. */
let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly();
  await apiRequest(orderly.apiUrl, 'POST', '/api/orders', {
    customer_id: 'c',
    product_id: 'p',
    quantity: 1,
    price: 1,
  });
  await until('the first order is stored', async () => (await countStored()) === 1); // the later ones are faster
});
afterAll(async () => {
  await orderly?.stop();
});

const countStored = (): Promise<number> => countOrders(orderly.databaseUrl);

test('a stalled server increases the latency of every request that was due meanwhile, not only of those in flight', async () => {
  const running = runScript(
    ['load', '--', '--rate', '50', '--seconds', '8', '--connections', '1', '--json'],
    orderly.environment,
  );
  const before = await countStored();
  await until('orders are stored', async () => (await countStored()) > before);
  const { offline } = await orderly.pids();

  process.kill(offline, 'SIGSTOP');
  await delay(2_000); // the stall itself
  process.kill(offline, 'SIGCONT');
  const { output } = await running;

  const { post_ms, verdict } = resultIn(output);
  expect(verdict).toEqual(faultless);
  expect(post_ms.count).toBe(400);
  expect(post_ms.p90).toBeGreaterThan(500);
});

test('the second Ctrl-C ends it at once', async () => {
  const { offline } = await orderly.pids();
  const before = await countStored();
  const running = startScript(['load', '--', '--rate', '50', '--seconds', '60'], orderly.environment);
  await until('orders are stored', async () => (await countStored()) > before);
  process.kill(offline, 'SIGSTOP'); // so that answers remain open

  running.signal('SIGINT');
  await until('it reports the first Ctrl-C', () => running.output.err.includes('Stopped sending'));
  await delay(3_000); // a terminal may send Ctrl-C twice, and the first counts come after a second
  running.signal('SIGINT');
  const exitCode = await running.ended;
  process.kill(offline, 'SIGCONT');

  expect(running.output.err).toMatch(/at once\.\n +\d+ s {2}sent \d+ {2}acknowledged \d+ .*\n$/);
  expect(running.output.out).toBe('');
  expect(exitCode).toBe(130);
});
