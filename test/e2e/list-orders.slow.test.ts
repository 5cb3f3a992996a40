import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { percentiles } from '../../ops/load/percentiles.ts';
import { type RunningStart, startOrderly } from '../support/npm-start.ts';
import { listWhileOrdersComeIn, storeOrders } from './listed-orders.ts';

const STORED = 100_000;
const INCOMING = 1_000;

let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly();
  await storeOrders(orderly.databaseUrl, STORED);
});
afterAll(async () => {
  await orderly?.stop();
});

test('all of 100,000 orders are listed by cursor while 1,000 more come in: each of the first exactly once', async () => {
  const lists = await listWhileOrdersComeIn(orderly.apiUrl, INCOMING);

  const pages = percentiles(lists.flatMap(({ pageMs }) => pageMs));
  process.stdout.write(`milliseconds per page of 200: ${JSON.stringify(pages)}\n`);
  for (const { orderIds } of lists) {
    expect(new Set(orderIds).size).toBe(orderIds.length);
    expect(orderIds.filter((id) => id.startsWith('stored-'))).toHaveLength(STORED);
  }
  expect(lists.some(({ orderIds }) => orderIds.some((id) => id.startsWith('incoming-')))).toBe(true);
  // Generous, because other tests run meanwhile: bench/results.md has the figures of a quiet machine.
  expect(pages.p50).toBeLessThan(500);
});
