import * as z from 'zod';
import type { Clock } from '../time/clock.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import {
  foreignIdField,
  hasStorableTotal,
  type NamedRule,
  orderIdField,
  priceField,
  quantityField,
  rfc3339Field,
  storableTotal,
  timeRules,
  totalRule,
} from './fields.ts';
import { toCents } from './money.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The body of `POST /api/orders`, with the price transformed to cents. No value is coerced, and unknown fields are
 * rejected by name. A record from Kafka is read tolerantly instead (`order-record.ts`).
 */
export function orderRequestSchema(clock: Clock) {
  return z
    .strictObject({
      order_id: orderIdField.optional().meta({
        description:
          'The id of the order. Orderly sets a UUID if it is omitted. A token that is bound to a customer must omit it.',
      }),
      customer_id: foreignIdField.meta({ description: 'The customer.', examples: ['customer-1'] }),
      product_id: foreignIdField.meta({ description: 'The product.', examples: ['product-1'] }),
      quantity: quantityField.meta({ description: 'The number of pieces.', examples: [2] }),
      price: priceField(toCents).meta({ description: 'The price of one piece.' }),
      total_amount: z
        .number()
        .optional()
        .meta({
          description: 'Default: quantity × price.',
          'x-rules': [totalMatches],
        }),
      status: z
        .literal('PENDING', 'must be PENDING or omitted')
        .optional()
        .meta({ description: 'Has no effect.' }),
      created_at: rfc3339Field()
        .refine((time) => rfc3339Ms(time) <= clock() + DAY_MS, 'must be at most a day ahead')
        .optional()
        .meta({
          description:
            'The time of the order: RFC 3339 with an offset. The time of the request if it is omitted.',
          examples: ['2026-11-01T10:00:00Z'],
          'x-rules': [...timeRules, notAhead],
        }),
    })
    .refine(hasStorableTotal, { ...totalRule, abort: true })
    .refine(
      ({ total_amount, quantity, price }) =>
        total_amount === undefined || toCents(total_amount) === quantity * price,
      { path: ['total_amount'], error: 'must equal quantity × price, or be omitted' },
    )
    .meta({ 'x-rules': [storableTotal] });
}

const notAhead: NamedRule = { id: 'not_ahead', description: 'The time is at most a day ahead.' };
const totalMatches: NamedRule = {
  id: 'total_matches',
  description: 'The value equals quantity × price.',
};

export type OrderRequest = z.infer<ReturnType<typeof orderRequestSchema>>;

/** The body before validation, with the price as a decimal number. */
export type OrderRequestBody = z.input<ReturnType<typeof orderRequestSchema>>;
