import * as z from 'zod';
import type { Clock } from '../time/clock.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import {
  foreignIdField,
  hasStorableTotal,
  orderIdField,
  priceField,
  quantityField,
  rfc3339Field,
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
      order_id: orderIdField.optional(),
      customer_id: foreignIdField,
      product_id: foreignIdField,
      quantity: quantityField,
      price: priceField(toCents),
      total_amount: z.number().optional(),
      status: z.literal('PENDING', 'must be PENDING or omitted').optional(),
      created_at: rfc3339Field()
        .refine((time) => rfc3339Ms(time) <= clock() + DAY_MS, 'must be at most a day ahead')
        .optional(),
    })
    .refine(hasStorableTotal, { ...totalRule, abort: true })
    .refine(
      ({ total_amount, quantity, price }) =>
        total_amount === undefined || toCents(total_amount) === quantity * price,
      { path: ['total_amount'], error: 'must equal quantity × price, or be omitted' },
    );
}

export type OrderRequest = z.infer<ReturnType<typeof orderRequestSchema>>;

/** The body before validation, with the price as a decimal number. */
export type OrderRequestBody = z.input<ReturnType<typeof orderRequestSchema>>;
