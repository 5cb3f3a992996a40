import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { anonymous, type Principal } from '../../../lib/auth/principal.ts';
import { assertOwnOrder } from '../../../lib/http/assert-own-order.ts';
import type { StoredOrder } from '../../../lib/orders/order.ts';
import { selectOrder } from '../../../lib/orders/sql/select-orders.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { awaitOrder } from '../../../lib/waiting/await-order.ts';
import { claimWaitSlot, releaseWaitSlot, waitSlots } from '../../../lib/waiting/wait-slots.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';
import { aStoredOrder } from '../../support/stored-orders.ts';
import { until } from '../../support/until.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await store('stored', 'c-3');
});
beforeEach(async () => {
  await db.database.query('TRUNCATE wait_slots');
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const principal = (id: string, customerId?: string): Principal => ({
  ...anonymous,
  id,
  subject: id,
  customerId,
});
const customer = principal('a-customer', 'c-1');

async function held(id = customer.id): Promise<number> {
  const { rows } = await db.database.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM wait_slots WHERE principal = $1 AND held_until > now()',
    [id],
  );
  return rows[0]?.count ?? 0;
}

async function store(order_id: string, customer_id: string): Promise<void> {
  const record = aRecord({ value: anOrderJson({ order_id, customer_id }), topic: order_id });
  await processBatch([record], orderBatches(db.database, systemClock), () => ({ status: 'PROCESSING' }));
}

interface Outcome {
  readonly code: string;
  readonly ms: number;
}

/** Starts like a cancel with a customer's token. */
async function cancel(orderId: string, by = customer): Promise<Outcome> {
  const startedAt = performance.now();
  const code = await assertOwnOrder(db.database, by, orderId).then(
    () => 'accepted',
    (error) => String(error.code),
  );
  return { code, ms: performance.now() - startedAt };
}

describe('a customer’s token that cancels 25 unknown orders at once', () => {
  test('waits with five of them, and gets a response about the others at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 25 }, (_, index) => cancel(`unknown-${index}`)));

    expect(new Set(outcomes.map(({ code }) => code))).toEqual(new Set(['order_not_found']));
    const waited = outcomes.filter(({ ms }) => ms >= 1_990);
    expect(waited.length).toBeGreaterThan(0);
    expect(waited.length).toBeLessThanOrEqual(5);
    expect(await held()).toBe(0);
  });

  test('does not affect the wait of another customer, whose new order is stored meanwhile', async () => {
    const flood = Array.from({ length: 25 }, (_, index) => cancel(`unknown-${index}`));
    await until('the flood waits', async () => (await held()) > 0);

    const other = cancel('new-order', principal('another', 'c-2'));
    await until('the other waits', async () => (await held('another')) === 1);
    await store('new-order', 'c-2');

    expect(await other).toMatchObject({ code: 'accepted' });
    expect(await held('another')).toBe(0);
    await Promise.all(flood);
  });
});

test('a service waits for 50 orders at once with ?wait=, and gets the current state of further orders', async () => {
  const service = principal('a-service');
  await using database = (await freshDatabase()).database;
  let found: StoredOrder | undefined;
  let [waiting, returned] = [0, 0];
  const asked = Array.from({ length: 80 }, async () => {
    let reads = 0;
    await awaitOrder(
      async () => {
        reads += 1;
        waiting += reads === 2 ? 1 : 0; // only a request that waits reads again
        return found;
      },
      () => true,
      60_000,
      systemClock,
      waitSlots(database, service, 60_000),
    );
    returned += 1;
  });

  await until('each waits or has returned', () => waiting + returned === 80);
  expect(waiting).toBe(50);
  found = aStoredOrder();
  await Promise.all(asked);
});

test('every request waits if the API is open, and nothing is written', async () => {
  const end = await waitSlots(db.database, anonymous, 1_000)();

  expect(end).toBeDefined();
  expect(await held(anonymous.id)).toBe(0);
});

test('a slot is never held twice, is found while one is free, and is free again when it is released', async () => {
  const claim = () => claimWaitSlot(db.database, 'p', 3, 60_000);

  const claims = await Promise.all(Array.from({ length: 30 }, claim));

  const slots = claims.filter((slot) => slot !== undefined);
  expect(slots.map(({ slot }) => slot).sort()).toEqual([1, 2, 3]);
  const [one] = slots;
  if (one) {
    await releaseWaitSlot(db.database, 'p', one);
  }
  expect([await claim(), await claim()]).toMatchObject([{ slot: one?.slot }, undefined]);
});

test('an expired slot is not released while another request holds it', async () => {
  const late = await claimWaitSlot(db.database, 'p', 1, 0);
  expect(await claimWaitSlot(db.database, 'p', 1, 60_000)).toMatchObject({ slot: 1 });

  if (late) {
    await releaseWaitSlot(db.database, 'p', late);
  }

  expect([late?.slot, await held('p')]).toEqual([1, 1]);
});

test('a slot whose process died is free again after its time', async () => {
  expect(await claimWaitSlot(db.database, 'p', 1, 60_000)).toMatchObject({ slot: 1 });
  expect(await claimWaitSlot(db.database, 'p', 1, 60_000)).toBeUndefined();

  await db.database.query("UPDATE wait_slots SET held_until = held_until - interval '1 minute'");

  expect(await claimWaitSlot(db.database, 'p', 1, 60_000)).toMatchObject({ slot: 1 });
});

test.each([
  ['finds the awaited state', 60_000, true],
  ['does not wait', 0, false],
])('a request that %s claims no slot', async (_what, waitMs, isAwaited) => {
  const order = await awaitOrder(
    () => selectOrder(db.database, 'stored'),
    () => isAwaited,
    waitMs,
    systemClock,
    () => Promise.reject(new Error('a slot was claimed')),
  );

  expect(order).toMatchObject({ orderId: 'stored' });
});
