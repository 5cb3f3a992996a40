import { describe, expect, test } from '@jest/globals';
import { bulkRequestSchema } from '../../../lib/orders/bulk-request.ts';

const schema = bulkRequestSchema(() => Date.parse('2026-11-01T12:00:00Z'));
const valid = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };

const paths = (orders: unknown): string[] =>
  schema.safeParse(orders).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('a bulk request', () => {
  test('with valid orders, with and without ids, is accepted', () => {
    expect(paths([valid, valid, { ...valid, order_id: 'a' }, { ...valid, order_id: 'b' }])).toEqual([]);
  });

  test('reports a repeated id together with every other error', () => {
    const orders = [{ ...valid, order_id: 'a' }, 7, null, { ...valid, order_id: 'a', quantity: 0 }];

    expect(paths(orders).sort()).toEqual(['1', '2', '3.order_id', '3.quantity']);
  });

  test('that is too long is rejected before its orders are checked', () => {
    expect(paths(Array(1_001).fill(0))).toEqual(['']);
  });
});
