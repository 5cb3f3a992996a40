import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { listOrdersQuerySchema } from '../../lib/http/list-orders-query.ts';
import { acceptOrder } from '../../lib/orders/accepted-command.ts';
import { decodeCommand } from '../../lib/orders/decode-command.ts';
import { randomIds } from '../../lib/orders/ids.ts';
import { orderRequestSchema } from '../../lib/orders/order-request.ts';
import { anOrderJson, aRecord } from '../support/records.ts';

/** The rows of the table in docs/errors.md: example, in a request, in a record, what is special. */
const rows = readFileSync('docs/errors.md', 'utf8')
  .split('\n## ')
  .find((section) => section.startsWith('Times\n'))
  ?.split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
  .map(([, example = '', request = '', record = '', what = '']) => ({
    example,
    request,
    record: record === 'the same' ? request : record,
    what,
  }));

const clock = (): number => Date.parse('2026-11-01T12:00:00Z');
const requestSchema = orderRequestSchema(clock);

function requestOf(created_at: string): string {
  const parsed = requestSchema.safeParse({
    customer_id: 'c',
    product_id: 'p',
    quantity: 1,
    price: 1,
    created_at,
  });
  if (parsed.data) {
    return acceptOrder(parsed.data, 0, randomIds, clock).value.created_at;
  }
  expect(parsed.error?.issues).toMatchObject([
    { path: ['created_at'], message: 'must be an RFC 3339 time with offset, like 2026-11-01T10:00:00Z' },
  ]);
  return '400';
}

function queryOf(created_from: string): string {
  const { data } = listOrdersQuerySchema.safeParse({ created_from });
  return data?.filter.createdFrom === undefined ? '400' : new Date(data.filter.createdFrom).toISOString();
}

function recordOf(created_at: string): string {
  const decoded = decodeCommand(aRecord({ value: anOrderJson({ created_at }) }));
  if (!decoded.ok) {
    expect(decoded.deadLetter.message).toMatch(/^created_at: must be a calendar date .* of ISO 8601/);
    return 'dead letter';
  }
  return decoded.command.type === 'order.created'
    ? new Date(decoded.command.content.createdAt).toISOString()
    : decoded.command.type;
}

describe('the table of times in docs/errors.md', () => {
  test('contains every form that the messages do not define', () => {
    expect(rows?.length).toBeGreaterThan(30);
  });

  test.each(rows ?? [])('is true of $example ($what)', ({ example, request, record }) => {
    expect({ request: requestOf(example), query: queryOf(example), record: recordOf(example) }).toEqual({
      request,
      query: request,
      record,
    });
  });
});
