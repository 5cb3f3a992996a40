import * as z from 'zod';
import { EARLIEST_CREATED_AT, foreignIdField, orderIdField, priceField, quantityField } from './fields.ts';
import { toCentsDespiteFloatNoise, totalOf } from './money.ts';
import type { OrderContent } from './order.ts';

const isoTime = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?$/;

/** Milliseconds since the epoch, NaN for no time; one that says no offset is UTC, as the predecessor writes it. */
function parseTime(text: string): number {
  const [, date, time, offset = 'Z'] = isoTime.exec(text) ?? [];
  return Date.parse(`${date}T${time}${offset}`);
}

/**
 * An order as a record on the topic `orders`, from our producer, the predecessor's or anybody's. Read
 * tolerantly, or a rolling deployment would dead-letter everything: unknown fields are ignored, status and
 * total too (the total is recomputed). What decides money or identity is as strict as in a request.
 */
const orderRecordSchema = z
  .object({
    order_id: orderIdField,
    customer_id: foreignIdField,
    product_id: foreignIdField,
    quantity: quantityField,
    price: priceField.transform((price, context) => {
      const cents = toCentsDespiteFloatNoise(price);
      if (cents === undefined || cents === 0) {
        context.addIssue({ code: 'custom', message: 'must have at most 2 decimals' });
        return z.NEVER;
      }
      return cents;
    }),
    created_at: z
      .string()
      .refine((time) => parseTime(time) >= EARLIEST_CREATED_AT, 'must be a time from 1970 on')
      .nullish(),
  })
  .refine((order) => totalOf(order.quantity, order.price) !== undefined, {
    path: ['quantity'],
    error: 'quantity × price must be below 10000000000000',
  });

export type ReadOrder =
  | { readonly ok: true; readonly content: OrderContent }
  | { readonly ok: false; readonly problem: string };

/**
 * The order in a record's parsed JSON, or one sentence that says what is wrong with each field.
 * `recordTimestamp` (ms) stands in for a missing `created_at`.
 */
export function readOrderRecord(json: unknown, recordTimestamp: number): ReadOrder {
  const parsed = orderRecordSchema.safeParse(json);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'record'}: ${message}`,
    );
    return { ok: false, problem: problems.join('; ') };
  }
  const order = parsed.data;
  return {
    ok: true,
    content: {
      orderId: order.order_id,
      customerId: order.customer_id,
      productId: order.product_id,
      quantity: order.quantity,
      priceCents: order.price,
      totalCents: order.quantity * order.price,
      createdAt: order.created_at == null ? recordTimestamp : parseTime(order.created_at),
    },
  };
}
