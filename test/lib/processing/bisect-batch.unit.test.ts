import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import type { DeadLetter } from '../../../lib/orders/command.ts';
import type { OrderCommands } from '../../../lib/processing/batch-writer.ts';
import { bisectBatch, type Write } from '../../../lib/processing/bisect-batch.ts';
import { decodeBatch } from '../../../lib/processing/process-batch.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';

/** Returns orders 0 … count - 1, the odd ones with a second record. */
const someOrders = (count: number): OrderCommands[] =>
  decodeBatch(
    Array.from({ length: count }, (_, nr) => {
      const value = anOrderJson({ order_id: `order-${nr}` });
      const records = [aRecord({ offset: 2 * nr, value }), aRecord({ offset: 2 * nr + 1, value })];
      return records.slice(0, 1 + (nr % 2));
    }).flat(),
  ).orders;

const letter: DeadLetter = { code: 'not_json', message: 'no JSON', record: aRecord({ offset: 999 }) };

/** A store that writes a transaction completely or not at all. */
function store(fails: (orderId: string) => unknown) {
  const orders: string[] = [];
  const letters: DeadLetter[] = [];
  let transactions = 0;
  const write: Write = async (part, deadLetters) => {
    transactions += 1;
    for (const { orderId } of part) {
      const error = fails(orderId);
      if (error !== undefined) {
        throw error;
      }
    }
    orders.push(...part.map(({ orderId }) => orderId));
    letters.push(...deadLetters);
    return { created: part.length, updated: 0, deadLetters, outbox: [] };
  };
  return { orders, letters, write, transactions: () => transactions };
}

const rejected = new OrderlyError('database_refused', 'the database rejected it: out of range\u0000');

describe('a batch in which the database rejects an order', () => {
  test('is written without the rejected order, whose records become one dead letter each', async () => {
    const sizes = fc.integer({ min: 1, max: 40 });

    await fc.assert(
      fc.asyncProperty(sizes, fc.uniqueArray(fc.nat(39)), async (size, numbers) => {
        const orders = someOrders(size);
        const bad = new Set(numbers.filter((nr) => nr < size).map((nr) => `order-${nr}`));
        fc.pre(bad.size < size || size <= 10);
        const db = store((orderId) => (bad.has(orderId) ? rejected : undefined));

        const summary = await bisectBatch(orders, [letter], db.write);

        const good = orders.map(({ orderId }) => orderId).filter((orderId) => !bad.has(orderId));
        expect(db.orders.toSorted()).toEqual(good.toSorted());
        const records = orders
          .filter(({ orderId }) => bad.has(orderId))
          .flatMap(({ commands }) => commands.map(({ record }) => record.offset));
        expect(db.letters.map(({ record }) => record.offset).toSorted()).toEqual(
          [...records, 999].toSorted(),
        );
        expect(summary).toMatchObject({ created: good.length, deadLetters: db.letters });
      }),
    );
  });

  test('needs few transactions for one bad order among a thousand', async () => {
    const db = store((orderId) => (orderId === 'order-500' ? rejected : undefined));

    await bisectBatch(someOrders(1_000), [], db.write);

    expect(db.orders).toHaveLength(999);
    expect(db.transactions()).toBeLessThanOrEqual(25);
    expect(db.letters).toMatchObject([
      { code: 'database_refused', message: 'the database rejected it: out of range\uFFFD' },
    ]);
  });

  test('fails when all of more than ten orders are rejected: nothing is written', async () => {
    const eleven = store(() => rejected);
    const ten = store(() => rejected);

    await expect(bisectBatch(someOrders(11), [letter], eleven.write)).rejects.toBe(rejected);
    await bisectBatch(someOrders(10), [letter], ten.write);

    expect([eleven.orders, eleven.letters]).toEqual([[], []]);
    expect(ten.letters).toHaveLength(10 + 5 + 1);
  });
});

test('an order on which processing fails unexpectedly becomes a dead letter internal_error', async () => {
  const db = store((orderId) => (orderId === 'order-1' ? new TypeError('x is undefined') : undefined));

  await bisectBatch(someOrders(3), [], db.write);

  expect(db.orders).toEqual(['order-0', 'order-2']);
  expect(db.letters).toMatchObject([
    { code: 'internal_error', message: 'x is undefined' },
    { code: 'internal_error', message: 'x is undefined' },
  ]);
});

test.each(['database_unavailable', 'internal_error'] as const)(
  'a %s fails the batch and isolates no order',
  async (code) => {
    const db = store(() => new OrderlyError(code, 'away'));

    await expect(bisectBatch(someOrders(20), [], db.write)).rejects.toMatchObject({ code });

    expect(db.transactions()).toBe(1);
  },
);

describe('a batch that the database is too slow for', () => {
  const timeout = new OrderlyError('database_timeout', 'not done in time');
  /** A store that accepts this many orders per transaction, and this many transactions in its time. */
  const slowStore = (ordersAtOnce: number, transactionsInTime: number) => {
    const db = store(() => undefined);
    let begun = 0;
    const write: Write = async (part, deadLetters) => {
      begun += 1;
      if (part.length > ordersAtOnce || begun > transactionsInTime) {
        throw timeout;
      }
      return db.write(part, deadLetters);
    };
    return { ...db, write };
  };
  const ids = (count: number) => someOrders(count).map(({ orderId }) => orderId);

  test('is written in parts, in the order of its records, with its dead letters', async () => {
    const db = slowStore(30, 100);

    const summary = await bisectBatch(someOrders(200), [letter], db.write);

    expect(db.orders).toEqual(ids(200));
    expect(db.letters).toEqual([letter]);
    expect(summary).toMatchObject({ created: 200, deadLetters: [letter] });
  });

  test('is written from its start until the time is over, and then it fails', async () => {
    const db = slowStore(30, 4);

    await expect(bisectBatch(someOrders(200), [letter], db.write)).rejects.toBe(timeout);

    expect(db.orders).toEqual(ids(75));
    expect(db.letters).toEqual([]);
  });

  test('fails when not even one order is written in time, and no order becomes a dead letter', async () => {
    const db = slowStore(0, 100);

    await expect(bisectBatch(someOrders(20), [], db.write)).rejects.toBe(timeout);

    expect(db.letters).toEqual([]);
  });
});
