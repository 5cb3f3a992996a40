import { describe, expect, test } from '@jest/globals';
import { orderRequestSchema } from '../../../lib/orders/order-request.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
const schema = orderRequestSchema(() => now);
const valid = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2, price: 19.99 };

/** Returns the paths of all errors, sorted; empty for a valid order. */
function errorPaths(change: Record<string, unknown>): string[] {
  const parsed = schema.safeParse({ ...valid, ...change });
  const paths = parsed.error?.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')],
  );
  return [...new Set(paths)].sort();
}

describe('an order request', () => {
  test('needs only customer, product, quantity and price', () => {
    expect(errorPaths({})).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ['quantity 0', { quantity: 0 }, ['quantity']],
    ['a negative quantity', { quantity: -1 }, ['quantity']],
    ['half a piece', { quantity: 1.5 }, ['quantity']],
    ['too many pieces', { quantity: 1_000_001 }, ['quantity']],
    ['a quantity as text', { quantity: '2' }, ['quantity']],
    ['price 0', { price: 0 }, ['price']],
    ['a negative price', { price: -1 }, ['price']],
    ['a tenth of a cent', { price: 0.001 }, ['price']],
    ['a price of 1e308', { price: 1e308 }, ['price']],
    ['a price that is no number', { price: Number.NaN }, ['price']],
    ['a price as text', { price: '19.99' }, ['price']],
    ['an empty id', { customer_id: '' }, ['customer_id']],
    ['a blank id', { product_id: ' \t ' }, ['product_id']],
    ['an id with a control character', { customer_id: 'a\u0000b' }, ['customer_id']],
    ['an id with a lone surrogate', { customer_id: 'a\ud800' }, ['customer_id']],
    ['an id of 65 characters', { product_id: 'x'.repeat(65) }, ['product_id']],
    ['an order id of 65 characters', { order_id: 'x'.repeat(65) }, ['order_id']],
    ['an order id that starts with a dot', { order_id: '.hidden' }, ['order_id']],
    ['an order id with a slash', { order_id: 'a/b' }, ['order_id']],
    ['a null', { customer_id: null }, ['customer_id']],
    ['a total that disagrees', { total_amount: 39.97 }, ['total_amount']],
    ['a state that is not PENDING', { status: 'COMPLETED' }, ['status']],
    ['a time without offset', { created_at: '2026-11-01T10:00:00' }, ['created_at']],
    ['a time two days ahead', { created_at: '2026-11-03T12:00:01Z' }, ['created_at']],
    ['a time before 1970', { created_at: '1969-12-31T23:59:59Z' }, ['created_at']],
    ['a total of 10^13', { quantity: 100_000, price: 100_000_000 }, ['quantity']],
    ['unknown fields', { colour: 'red', size: 4 }, ['colour', 'size']],
  ])('%s is rejected, and the path names the field', (_case, change, paths) => {
    expect(errorPaths(change)).toEqual(paths);
  });

  test('all errors are reported together', () => {
    expect(errorPaths({ quantity: 0, price: -1, customer_id: '' })).toEqual([
      'customer_id',
      'price',
      'quantity',
    ]);
  });

  test.each([
    { order_id: 'A-1.b_c:d' },
    { customer_id: '  padded  ' },
    { customer_id: '😀'.repeat(64) },
    { total_amount: 39.98 },
    { status: 'PENDING' },
    { created_at: '2026-11-01T10:00:00+02:00' },
    { created_at: '2026-11-02T11:59:59.999Z' },
    { quantity: 1_000_000, price: 0.01 },
    { quantity: 1, price: 100_000_000 },
  ])('%p is accepted', (change) => {
    expect(errorPaths(change)).toEqual([]);
  });

  test('ids are trimmed', () => {
    expect(schema.parse({ ...valid, customer_id: '  padded  ' }).customer_id).toBe('padded');
  });
});
