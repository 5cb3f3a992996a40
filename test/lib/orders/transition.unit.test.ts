import { describe, expect, test } from '@jest/globals';
import type { OrderCommand } from '../../../lib/orders/command.ts';
import { applyCommands, type LockedOrder } from '../../../lib/orders/transition.ts';
import { aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
const completed = () => ({ status: 'COMPLETED' }) as const;

function createCommand(
  eventId: string,
  content: { quantity?: number; createdAt?: number } = {},
): OrderCommand {
  const quantity = content.quantity ?? 1;
  return {
    type: 'order.created',
    orderId: 'order-1',
    eventId,
    record: aRecord(),
    content: {
      orderId: 'order-1',
      customerId: 'customer-1',
      productId: 'product-1',
      quantity,
      priceCents: 1000,
      totalCents: quantity * 1000,
      createdAt: content.createdAt ?? 0,
    },
  };
}

function cancelCommand(eventId: string, customerId: string | null = null): OrderCommand {
  return { type: 'order.cancel_requested', orderId: 'order-1', eventId, record: aRecord(), customerId };
}

function retryCommand(eventId: string, expectedVersion: number): OrderCommand {
  return { type: 'order.retry_requested', orderId: 'order-1', eventId, record: aRecord(), expectedVersion };
}

/** The policy of the webhook: orders wait for their outcome. */
const processing = () => ({ status: 'PROCESSING' }) as const;

describe('commands for one order', () => {
  test('a create makes version 1 in the state that the rules return, with one history entry', () => {
    const outcome = applyCommands(
      undefined,
      new Set(),
      [createCommand('a')],
      () => ({ status: 'FAILED', reason: 'too dear' }),
      now,
    );

    expect(outcome.order).toMatchObject({
      status: 'FAILED',
      statusReason: 'too dear',
      version: 1,
      updatedAt: now,
    });
    expect(outcome.history).toEqual([
      {
        orderId: 'order-1',
        eventId: 'a',
        eventType: 'order.created',
        version: 1,
        status: 'FAILED',
        statusReason: 'too dear',
        at: now,
      },
    ]);
  });

  test('the same order again changes nothing, with any server-set fields', () => {
    const again = createCommand('b', { createdAt: 99 });

    const outcome = applyCommands(undefined, new Set(), [createCommand('a'), again], completed, now);

    expect(outcome).toMatchObject({ order: { version: 1, createdAt: 0 }, deadLetters: [] });
    expect(outcome.history).toHaveLength(1);
  });

  test('an order with different content under the same id is a conflict: the first one is kept', () => {
    const other = createCommand('b', { quantity: 2 });

    const outcome = applyCommands(undefined, new Set(), [createCommand('a'), other], completed, now);

    expect(outcome.order).toMatchObject({ quantity: 1, version: 1 });
    expect(outcome.deadLetters).toMatchObject([{ code: 'order_id_conflict', record: other.record }]);
  });

  test('an order on which the rules fail becomes a dead letter with their message, and the next command is applied', () => {
    const rules = ({ quantity }: { quantity: number }) => {
      if (quantity === 1) {
        throw new Error('no price\u0000 list');
      }
      return { status: 'COMPLETED' } as const;
    };

    const outcome = applyCommands(
      undefined,
      new Set(),
      [createCommand('a'), createCommand('b', { quantity: 2 })],
      rules,
      now,
    );

    expect(outcome.deadLetters).toMatchObject([
      { code: 'internal_error', message: 'the fulfilment rules failed: no price\uFFFD list' },
    ]);
    expect(outcome.order).toMatchObject({ quantity: 2, version: 1 });
  });

  test('a reason is sanitized for PostgreSQL', () => {
    const { order } = applyCommands(
      undefined,
      new Set(),
      [createCommand('a')],
      () => ({ status: 'FAILED', reason: 'a\u0000b' }),
      now,
    );

    expect(order?.statusReason).toBe('a\uFFFDb');
  });

  test('a repeated create changes nothing, also if its event id is in the history', () => {
    const { order } = applyCommands(undefined, new Set(), [createCommand('a')], completed, now);

    const outcome = applyCommands(order, new Set(['a']), [createCommand('a')], completed, now);

    expect(outcome).toEqual({ order, history: [], audit: [], deadLetters: [] });
  });

  test.each([
    ['of the order', 'a'],
    ['of a cancel that took effect', 'b'],
  ])('a create with other content is a conflict, also with the event id %s', (_, eventId) => {
    const first = applyCommands(
      undefined,
      new Set(),
      [createCommand('a'), cancelCommand('b')],
      processing,
      now,
    );
    const other = createCommand(eventId, { quantity: 2 });

    const outcome = applyCommands(first.order, new Set(['a', 'b']), [other], processing, now);

    expect(first.order).toMatchObject({ status: 'CANCELLED' });
    expect(outcome).toMatchObject({
      order: first.order,
      history: [],
      deadLetters: [{ code: 'order_id_conflict', record: other.record }],
    });
  });
});

describe('a cancel', () => {
  const order = applyCommands(undefined, new Set(), [createCommand('a')], processing, now).order;

  test('of an order in PROCESSING ends it with a version and a history entry', () => {
    const outcome = applyCommands(order, new Set(['a']), [cancelCommand('b')], processing, now + 5);

    expect(outcome.order).toMatchObject({ status: 'CANCELLED', version: 2, updatedAt: now + 5 });
    expect(outcome.history).toMatchObject([
      { eventId: 'b', eventType: 'order.cancel_requested', version: 2, status: 'CANCELLED', at: now + 5 },
    ]);
  });

  test('that comes too late is rejected: the order does not change, and the history has an entry without a version', () => {
    const ended = applyCommands(undefined, new Set(), [createCommand('a')], completed, now).order;

    const outcome = applyCommands(ended, new Set(['a']), [cancelCommand('b')], completed, now + 5);

    expect(outcome.order).toBe(ended);
    expect(outcome.history).toEqual([
      {
        orderId: 'order-1',
        eventId: 'b',
        eventType: 'order.cancel_requested',
        version: null,
        status: 'COMPLETED',
        statusReason: 'too late to cancel: the order is COMPLETED',
        at: now + 5,
      },
    ]);
  });

  test('of an unknown order stays rejected when it is delivered again after the order', () => {
    const { order, history, deadLetters } = applyCommands(
      undefined,
      new Set(),
      [cancelCommand('c'), createCommand('a'), cancelCommand('c')],
      processing,
      now,
    );

    expect(order).toMatchObject({ status: 'PROCESSING', version: 1 });
    expect(history).toHaveLength(1);
    expect(deadLetters).toMatchObject([{ code: 'order_unknown' }]);
  });

  test('of an unknown order is a dead letter', () => {
    const outcome = applyCommands(undefined, new Set(), [cancelCommand('b')], processing, now);

    expect(outcome).toMatchObject({
      order: undefined,
      history: [],
      deadLetters: [{ code: 'order_unknown' }],
    });
  });

  test('of another customer only adds an audit entry', () => {
    const outcome = applyCommands(order, new Set(['a']), [cancelCommand('b', 'customer-2')], processing, now);

    expect(outcome).toEqual({
      order,
      history: [],
      deadLetters: [],
      audit: [
        { eventId: 'b', action: 'order.cancel_ignored', actor: 'customer-2', orderId: 'order-1', at: now },
      ],
    });
  });

  test('applied by a slower clock than the create does not decrease the times of the history', () => {
    const { history } = applyCommands(order, new Set(['a']), [cancelCommand('b')], processing, now - 1_000);

    expect(history).toMatchObject([{ version: 2, at: now }]);
  });
});

describe('an order that waits for its fulfilment by webhook', () => {
  const at = (status: LockedOrder['status'], version: number, callsBegun?: number): LockedOrder => ({
    orderId: 'order-1',
    customerId: 'customer-1',
    productId: 'product-1',
    quantity: 1,
    priceCents: 1000,
    totalCents: 1000,
    createdAt: 0,
    status,
    statusReason: null,
    version,
    updatedAt: 0,
    ...(callsBegun !== undefined && { callsBegun }),
  });

  test('can be cancelled before the receiver is called', () => {
    const { order, history } = applyCommands(
      at('PROCESSING', 1, 0),
      new Set(),
      [cancelCommand('c')],
      processing,
      now,
    );

    expect(order).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect(history).toMatchObject([{ version: 2, status: 'CANCELLED' }]);
  });

  test('cannot be cancelled after the receiver was called, which its history records', () => {
    const stored = at('PROCESSING', 1, 1);

    const { order, history } = applyCommands(stored, new Set(), [cancelCommand('c')], processing, now);

    expect(order).toBe(stored);
    expect(history).toMatchObject([
      {
        version: null,
        status: 'PROCESSING',
        statusReason: 'too late to cancel: the fulfilment of the order has begun',
      },
    ]);
  });

  test('is restarted after its attempts were exhausted, at exactly the requested version', () => {
    const { order, history } = applyCommands(
      at('FAILED', 2, 12),
      new Set(),
      [retryCommand('r', 2), retryCommand('s', 2)],
      processing,
      now,
    );

    expect(order).toMatchObject({ status: 'PROCESSING', statusReason: null, version: 3, updatedAt: now });
    expect(history).toMatchObject([
      { eventId: 'r', eventType: 'order.retry_requested', version: 3, status: 'PROCESSING' },
      {
        eventId: 's',
        version: null,
        statusReason: 'not retried: the order is at version 3, not 2',
      },
    ]);
  });

  test('is not restarted if it failed for another reason', () => {
    const stored = at('FAILED', 2);

    const { order, history } = applyCommands(stored, new Set(), [retryCommand('r', 2)], processing, now);

    expect(order).toBe(stored);
    expect(history).toMatchObject([{ version: null }]);
  });

  test('becomes a dead letter if it is unknown', () => {
    const { deadLetters } = applyCommands(undefined, new Set(), [retryCommand('r', 2)], processing, now);

    expect(deadLetters).toMatchObject([{ code: 'order_unknown' }]);
  });
});
