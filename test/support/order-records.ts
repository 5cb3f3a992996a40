import fc from 'fast-check';
import type { KafkaRecord } from '../../lib/orders/command.ts';
import { anOrderJson, aRecord } from './records.ts';

/** A plan from which `recordsOfRun` creates a record. */
export interface RecordPlan {
  readonly type: 'order.created' | 'order.cancel_requested' | 'order.retry_requested' | 'order.teleported';
  readonly order: number;
  readonly eventId: string | null;
  readonly source: string | null;
  readonly value: object;
}

const value = fc.oneof(
  fc.record({ quantity: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ customer_id: fc.constantFrom('customer-1', 'customer-2') }),
  fc.record({ expected_version: fc.integer({ min: 1, max: 3 }) }),
);

/**
 * Records of a few orders that share event ids across orders, types and contents, as from an incorrect producer. Each
 * one is a command or poison, with equal or different headers.
 */
export const recordPlans: fc.Arbitrary<RecordPlan[]> = fc.array(
  fc.record({
    type: fc.constantFrom(
      'order.created',
      'order.created',
      'order.cancel_requested',
      'order.cancel_requested',
      'order.retry_requested',
      'order.teleported',
    ),
    order: fc.nat(1),
    eventId: fc.constantFrom(null, 'a', 'a', 'b', 'c'),
    source: fc.constantFrom(null, null, 'web'),
    value,
  }),
  { minLength: 1, maxLength: 10 },
);

/** Batches of records, split at any position. A batch may repeat the last records of the previous one. */
export const deliveries = fc.array(fc.record({ back: fc.nat(4), size: fc.integer({ min: 1, max: 4 }) }));

export function deliver<Item>(
  items: readonly Item[],
  batches: readonly { readonly back: number; readonly size: number }[],
): Item[][] {
  let end = 0;
  const delivered = batches.map(({ back, size }) => {
    const begin = Math.max(0, end - back);
    end = Math.max(end, begin + size);
    return items.slice(begin, begin + size);
  });
  return [...delivered, items.slice(end)].filter(({ length }) => length > 0);
}

/** Returns the records of plans, with a topic and order ids that are unique to the run. */
export const recordsOfRun = (run: string, plans: readonly RecordPlan[]): KafkaRecord[] =>
  plans.map(({ type, order, eventId, source, value }, offset) =>
    aRecord({
      topic: run,
      offset,
      key: Buffer.from(`${run}-${order}`),
      value: anOrderJson({ order_id: `${run}-${order}`, ...value }),
      headers: [
        ['event-type', Buffer.from(type)],
        ...(eventId === null ? [] : [['event-id', Buffer.from(eventId)] as const]),
        ...(source === null ? [] : [['source', Buffer.from(source)] as const]),
      ],
    }),
  );
