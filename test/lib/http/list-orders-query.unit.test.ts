import { describe, expect, test } from '@jest/globals';
import { encodeCursor } from '../../../lib/http/cursor.ts';
import { listOrdersQuerySchema } from '../../../lib/http/list-orders-query.ts';
import { validate } from '../../../lib/http/validate.ts';

const read = (query: Record<string, string>) => validate(listOrdersQuerySchema, query, 'The query');

/** Returns every fault as `path message`. */
function faults(query: Record<string, string>): string[] {
  const { error } = listOrdersQuerySchema.safeParse(query);
  return (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [`${issue.path.join('.')} ${issue.message}`],
  );
}

const place = { createdAt: 1_700_000_000_000, orderId: 'order-1' };

describe('the query of a list', () => {
  test('may be empty: the newest fifty orders', () => {
    expect(read({})).toEqual({ filter: {}, after: undefined, limit: 50 });
  });

  test('accepts every filter; ids are trimmed as in an order, and times are truncated to milliseconds', () => {
    const query = {
      limit: '200',
      status: 'FAILED',
      customer_id: ' c,1 ',
      product_id: 'p-1',
      created_from: '2026-11-01T10:00:00.1239+02:00',
      created_to: '2026-11-01T10:00:00Z',
    };

    expect(read(query)).toEqual({
      filter: {
        status: 'FAILED',
        customerId: 'c,1',
        productId: 'p-1',
        createdFrom: Date.parse('2026-11-01T08:00:00.123Z'),
        createdTo: Date.parse('2026-11-01T10:00:00Z'),
      },
      after: undefined,
      limit: 200,
    });
  });

  test('continues from a cursor of the same filters, in any notation of their values, with any limit', () => {
    const cursor = encodeCursor(place, { createdFrom: 3_600_000, customerId: 'c' });

    const query = { cursor, limit: '1', customer_id: 'c ', created_from: '1970-01-01T03:00:00+02:00' };

    expect(read(query)).toMatchObject({ after: place, limit: 1 });
  });

  test.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '-1'],
    ['limit', '1.5'],
    ['limit', '1e2'],
    ['limit', '٣'],
    ['limit', ''],
    ['status', 'PENDING'],
    ['status', 'completed'],
    ['status', 'COMPLETED,FAILED'],
    ['status', ''],
    ['customer_id', ''],
    ['customer_id', 'a\u0000'],
    ['customer_id', 'x'.repeat(65)],
    ['product_id', ' '],
    ['product_id', '\ud800'],
    ['created_from', '2026-11-01'],
    ['created_from', '2026-11-01T10:00:00'],
    ['created_from', '2026-11-01T10:00:00 02:00'],
    ['created_from', '2026-02-30T10:00:00Z'],
    ['created_from', '1969-12-31T23:59:59Z'],
    ['created_from', '0000-01-01T00:00:00Z'],
    ['created_to', '9999-12-31T23:59:59-23:59'],
    ['created_to', 'yesterday'],
    ['cursor', ''],
    ['cursor', 'null'],
    ['cursor', encodeCursor(place, { status: 'FAILED' })],
    ['cursor', `${encodeCursor(place, {})}=`],
  ])('rejects %s=%s, and names the parameter', (name, value) => {
    expect(faults({ [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} must `))]);
  });

  test('with the status PENDING is rejected, because no stored order has it', () => {
    expect(faults({ status: 'PENDING' })).toEqual([expect.stringContaining('before an order is stored')]);
  });

  test.each([
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00Z'],
    ['2026-11-01T10:00:00Z', '2026-11-01T11:59:59+02:00'],
  ])('rejects an empty range of time: from %s to %s', (created_from, created_to) => {
    expect(faults({ created_from, created_to })).toEqual(['created_from must be before created_to']);
  });

  test('lists all unknown and all invalid parameters together', () => {
    const found = faults({ page: '2', Limit: '5', limit: '0', status: 'DONE' });

    expect(found.map((fault) => fault.split(' ')[0]).sort()).toEqual(['Limit', 'limit', 'page', 'status']);
  });
});
