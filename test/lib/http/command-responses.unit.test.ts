import { describe, expect, test } from '@jest/globals';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { bulkResponse } from '../../../lib/http/command-responses.ts';
import type { PublishedCommand } from '../../../lib/idempotency/publish-commands.ts';
import type { AcceptedCommand } from '../../../lib/orders/accepted-command.ts';
import type { OrderRecord } from '../../../lib/orders/order-record.ts';

const away = new OrderlyError('kafka_unavailable', 'away');
const rejected = new OrderlyError('message_refused', 'Kafka rejected: the secret reason');

function result(orderId: string, error?: OrderlyError): PublishedCommand<AcceptedCommand<OrderRecord>> {
  const value: OrderRecord = {
    order_id: orderId,
    customer_id: 'c',
    product_id: 'p',
    quantity: 1,
    price: 1,
    total_amount: 1,
    status: 'PENDING',
    created_at: '2026-11-01T10:00:00.000Z',
  };
  const command = { type: 'order.created', eventId: 'e', value } as const;
  return error ? { command, acknowledged: false, error } : { command, acknowledged: true };
}

const answer = (...results: PublishedCommand<AcceptedCommand<OrderRecord>>[]) =>
  bulkResponse({ results, replayed: false });

describe('the response to a bulk request', () => {
  test('distinguishes possibly stored orders from rejected ones, without the cause', () => {
    const { statusCode, body = '' } = answer(result('a'), result('b', away), result('c', rejected));

    expect(statusCode).toBe(207);
    expect(JSON.parse(body)).toMatchObject({
      accepted: 1,
      failed: 2,
      results: [
        { index: 0, order_id: 'a', status: 'PENDING' },
        { index: 1, order_id: 'b', code: 'kafka_unavailable', detail: expect.stringContaining('again') },
        { index: 2, order_id: 'c', code: 'internal_error', detail: expect.stringContaining('not stored') },
      ],
    });
    expect(body).not.toContain('secret');
  });

  test.each([
    ['the first', [result('a', away), result('b', rejected)]],
    ['the last', [result('a', rejected), result('b', away)]],
  ])('is "unavailable" with every id if no order is acknowledged and %s may be stored', (_which, results) => {
    expect(() => answer(...results)).toThrow(
      expect.objectContaining({
        code: 'kafka_unavailable',
        details: {
          results: [expect.objectContaining({ order_id: 'a' }), expect.objectContaining({ order_id: 'b' })],
        },
      }),
    );
  });
});
