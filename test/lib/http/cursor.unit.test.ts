import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../../lib/http/cursor.ts';
import { LATEST_TIME_MS } from '../../../lib/orders/fields.ts';
import type { ListPosition, OrderFilter } from '../../../lib/orders/order.ts';

const time = fc.integer({ min: 0, max: LATEST_TIME_MS });
const places: fc.Arbitrary<ListPosition> = fc.record({
  createdAt: time,
  orderId: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/),
});
const filters: fc.Arbitrary<OrderFilter> = fc.record(
  {
    status: fc.constantFrom('COMPLETED', 'FAILED'),
    customerId: fc.string(),
    productId: fc.string(),
    createdFrom: time,
    createdTo: time,
  },
  { requiredKeys: [] },
);
const place = { createdAt: 1_700_000_000_000, orderId: 'order-1' };

describe('a cursor', () => {
  test('decodes to its position, for the same filter', () => {
    fc.assert(
      fc.property(places, filters, (position, filter) => {
        expect(decodeCursor(encodeCursor(position, filter), { ...filter })).toEqual(position);
      }),
    );
  });

  test('needs no escaping in a URL, also with the longest order id and the longest filter', () => {
    const cursor = encodeCursor(
      { createdAt: LATEST_TIME_MS, orderId: 'x'.repeat(64) },
      { customerId: '😀'.repeat(64), productId: '😀'.repeat(64) },
    );

    expect(cursor).toMatch(/^[\w-]{1,160}$/);
  });

  test.each<[string, OrderFilter, OrderFilter]>([
    ['none', {}, { status: 'FAILED' }],
    ['a status', { status: 'FAILED' }, {}],
    ['another status', { status: 'FAILED' }, { status: 'COMPLETED' }],
    ['a customer with the name of a product', { customerId: 'x' }, { productId: 'x' }],
    ['another customer', { customerId: 'x' }, { customerId: 'y' }],
    ['another product', { productId: 'x' }, { productId: 'y' }],
    ['another beginning', { createdFrom: 0 }, { createdFrom: 1 }],
    ['a beginning that is an end', { createdFrom: 5 }, { createdTo: 5 }],
    ['a beginning at 0', { createdFrom: 0 }, {}],
  ])('of one filter is invalid for another: %s', (_case, filter, other) => {
    expect(decodeCursor(encodeCursor(place, filter), filter)).toEqual(place);
    expect(decodeCursor(encodeCursor(place, filter), other)).toBeUndefined();
  });

  test('that was changed is invalid, or is exactly the cursor of another position; decoding never throws', () => {
    fc.assert(
      fc.property(
        places,
        filters,
        fc.nat(),
        fc.nat({ max: 3 }),
        fc.string({ unit: 'binary', maxLength: 3 }),
        (position, filter, at, cut, insert) => {
          const cursor = encodeCursor(position, filter);
          const start = at % cursor.length;
          const changed = cursor.slice(0, start) + insert + cursor.slice(start + cut);

          const decoded = decodeCursor(changed, filter);

          expect(decoded && encodeCursor(decoded, filter)).toBe(decoded && changed);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('is never decoded from arbitrary text, plain or in base64url', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(decodeCursor(text, {})).toBeUndefined();
        expect(decodeCursor(Buffer.from(text).toString('base64url'), {})).toBeUndefined();
      }),
    );
  });

  test.each([
    ['a time that cannot be stored', { createdAt: LATEST_TIME_MS + 1, orderId: 'order-1' }],
    ['a time with a fraction', { createdAt: 0.5, orderId: 'order-1' }],
    ['a negative time', { createdAt: -1, orderId: 'order-1' }],
    ['no order id', { createdAt: 0, orderId: '' }],
    ['an invalid order id', { createdAt: 0, orderId: 'a\u0000b' }],
  ])('with %s is rejected', (_case, position) => {
    expect(decodeCursor(encodeCursor(position, {}), {})).toBeUndefined();
  });
});
