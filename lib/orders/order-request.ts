import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { EARLIEST_CREATED_AT, foreignIdField, orderIdField, priceField, quantityField } from './fields.ts';
import { toCents, totalOf } from './money.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const hasAtMostTwoDecimals = (amount: number): boolean => toCents(amount) !== undefined;

/**
 * The body of `POST /api/orders`: strict, no coercion, unknown fields refused by name. Reading a record
 * from Kafka is tolerant instead (`order-record.ts`).
 */
export function orderRequestSchema(clock: Clock) {
  return z
    .strictObject({
      order_id: orderIdField.optional(),
      customer_id: foreignIdField,
      product_id: foreignIdField,
      quantity: quantityField,
      price: priceField.refine(hasAtMostTwoDecimals, 'must have at most 2 decimals'),
      total_amount: z.number().optional(),
      status: z.literal('PENDING', 'must be PENDING or left out').optional(),
      created_at: z.iso
        .datetime({ offset: true, error: 'must be an RFC 3339 time with offset, like 2026-11-01T10:00:00Z' })
        .refine((time) => Date.parse(time) >= EARLIEST_CREATED_AT, 'must not lie before 1970')
        .refine((time) => Date.parse(time) <= clock() + DAY_MS, 'must not lie more than a day ahead')
        .optional(),
    })
    .superRefine((order, context) => {
      const priceCents = toCents(order.price);
      if (priceCents === undefined) {
        return; // said already, at the price
      }
      const totalCents = totalOf(order.quantity, priceCents);
      if (totalCents === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['quantity'],
          message: 'quantity × price must be below 10000000000000',
        });
      } else if (order.total_amount !== undefined && toCents(order.total_amount) !== totalCents) {
        context.addIssue({
          code: 'custom',
          path: ['total_amount'],
          message: 'must equal quantity × price, or be left out',
        });
      }
    });
}

export type OrderRequest = z.infer<ReturnType<typeof orderRequestSchema>>;
