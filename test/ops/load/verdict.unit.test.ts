import { expect, test } from '@jest/globals';
import { createRunOrders } from '../../../ops/load/load-orders.ts';
import { createSchedule } from '../../../ops/load/schedule.ts';
import { type Evidence, judge, type StoredLoadOrder } from '../../../ops/load/verdict.ts';

const STARTED_AT_MS = Date.parse('2026-11-01T10:00:00Z');

const sent = createRunOrders(
  createSchedule({ rate: 3, seconds: 1, ordersPerRequest: 1 }),
  STARTED_AT_MS,
).ofFirst(3);
const [first, second, third] = sent.map(({ order_id }) => order_id);

/** The rows of a correct run. */
const stored: readonly StoredLoadOrder[] = sent.map((order) => ({
  orderId: order.order_id,
  customerId: order.customer_id,
  productId: order.product_id,
  quantity: order.quantity,
  priceCents: Math.round(order.price * 100),
  totalCents: Math.round(order.price * 100) * order.quantity,
  createdAt: Date.parse(order.created_at),
  status: 'COMPLETED',
  statusReason: null,
  version: 1,
  updatedAt: STARTED_AT_MS + 5_000,
  historyEntries: 1,
}));
const good: Evidence = {
  sent,
  acknowledged: new Set(sent.map(({ order_id }) => order_id)),
  stored,
  deadLetters: [],
  errors: 0,
};

const withFirstStored = (change: Partial<StoredLoadOrder>): Evidence => ({
  ...good,
  stored: stored.map((row, index) => (index === 0 ? { ...row, ...change } : row)),
});

test('orders that are all stored once, as sent and COMPLETED, are ok', () => {
  const verdict = judge(good);

  expect(verdict).toEqual({
    ok: true,
    errors: 0,
    missing: [],
    wrong: [],
    dead_letters: [],
    not_compared: null,
  });
});

test('an acknowledged order that is not stored is missing', () => {
  const verdict = judge({ ...good, stored: stored.slice(0, 2) });

  expect(verdict).toMatchObject({ ok: false, missing: [third], wrong: [] });
});

test.each([
  ['customerId', 'somebody'],
  ['productId', 'Product 0'],
  ['quantity', 4],
  ['priceCents', 2],
  ['totalCents', 4],
  ['createdAt', STARTED_AT_MS + 1],
  ['status', 'PROCESSING'],
  ['statusReason', 'unwell'],
  ['version', 2],
  ['historyEntries', 2],
])('an order with an incorrect %s is wrong', (field, value) => {
  const verdict = judge(withFirstStored({ [field]: value }));

  expect(verdict.ok).toBe(false);
  expect(verdict.wrong).toEqual([
    { order_id: first, faults: [expect.stringMatching(new RegExp(`^${field} is ${value} instead of `))] },
  ]);
});

test('an order that was not sent is wrong', () => {
  const [row] = stored.map((order) => ({ ...order, orderId: 'load-x-9' }));

  const verdict = judge({ ...good, stored: row ? [...stored, row] : [] });

  expect(verdict).toMatchObject({ ok: false, wrong: [{ order_id: 'load-x-9', faults: ['was never sent'] }] });
});

test('a dead letter fails the verdict although every order is stored', () => {
  const verdict = judge({ ...good, deadLetters: [second ?? ''] });

  expect(verdict).toMatchObject({ ok: false, missing: [], wrong: [], dead_letters: [second] });
});

test('an order that was not acknowledged is an error, and may be stored or not', () => {
  const acknowledged = new Set([first ?? '', second ?? '']);

  const isStored = judge({ ...good, acknowledged, errors: 1 });
  const isNot = judge({ ...good, acknowledged, errors: 1, stored: stored.slice(0, 2) });

  expect(isStored).toEqual({
    ok: false,
    errors: 1,
    missing: [],
    wrong: [],
    dead_letters: [],
    not_compared: null,
  });
  expect(isNot).toEqual(isStored);
});
