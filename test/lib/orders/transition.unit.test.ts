import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OrderCommand } from '../../../lib/orders/command.ts';
import type { StoredOrder } from '../../../lib/orders/order.ts';
import { applyCommands } from '../../../lib/orders/transition.ts';
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

describe('commands for one order', () => {
  test('a create makes version 1 in the state that the rules decide, with one line of history', () => {
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

  test('the same order again changes nothing, whatever its server-set fields say', () => {
    const again = createCommand('b', { createdAt: 99 });

    const outcome = applyCommands(undefined, new Set(), [createCommand('a'), again], completed, now);

    expect(outcome).toMatchObject({ order: { version: 1, createdAt: 0 }, deadLetters: [] });
    expect(outcome.history).toHaveLength(1);
  });

  test('an order with other content under the same id is a conflict: the first stands', () => {
    const other = createCommand('b', { quantity: 2 });

    const outcome = applyCommands(undefined, new Set(), [createCommand('a'), other], completed, now);

    expect(outcome.order).toMatchObject({ quantity: 1, version: 1 });
    expect(outcome.deadLetters).toMatchObject([{ code: 'order_id_conflict', record: other.record }]);
  });

  test('an order on which the rules fail is a dead letter with their message, and the next command goes on', () => {
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

  test('a reason is cleaned of what PostgreSQL cannot store', () => {
    const { order } = applyCommands(
      undefined,
      new Set(),
      [createCommand('a')],
      () => ({ status: 'FAILED', reason: 'a\u0000b' }),
      now,
    );

    expect(order?.statusReason).toBe('a\uFFFDb');
  });

  test('a command that the history knows changes nothing, even if its content differs', () => {
    const { order } = applyCommands(undefined, new Set(), [createCommand('a')], completed, now);

    const outcome = applyCommands(
      order,
      new Set(['a']),
      [createCommand('a', { quantity: 2 })],
      completed,
      now,
    );

    expect(outcome).toEqual({ order, history: [], deadLetters: [] });
  });

  test('however commands are cut into batches, and whichever are delivered again, the outcome is the same', () => {
    const commands = fc.array(
      fc
        .record({ id: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 1, max: 2 }) })
        .map(({ id, quantity }) => createCommand(`${id}${quantity}`, { quantity })),
      { minLength: 1, maxLength: 8 },
    );

    fc.assert(
      fc.property(commands, fc.array(fc.nat(8)), (all, cuts) => {
        const whole = applyCommands(undefined, new Set(), all, completed, now);

        let order: StoredOrder | undefined;
        const known = new Set<string>();
        const deadLetters: unknown[] = [];
        for (const batch of cutAt(all, cuts)) {
          const part = applyCommands(order, known, batch, completed, now);
          order = part.order;
          deadLetters.push(...part.deadLetters);
          for (const { eventId } of part.history) {
            known.add(eventId);
          }
        }

        expect(order).toEqual(whole.order);
        expect([...known]).toEqual(whole.history.map(({ eventId }) => eventId));
        expect(deadLetters).toEqual(whole.deadLetters);
        expect(applyCommands(order, known, all.slice(0, 1), completed, now)).toMatchObject({
          order,
          history: [],
        });
      }),
    );
  });
});

function cutAt<Item>(items: readonly Item[], cuts: readonly number[]): Item[][] {
  const places = [...new Set(cuts.filter((cut) => cut < items.length)), items.length].sort((a, b) => a - b);
  return places.map((end, index) => items.slice(index === 0 ? 0 : places[index - 1], end));
}
