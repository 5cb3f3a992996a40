import * as z from 'zod';
import {
  EARLIEST_TIME_MS,
  foreignIdField,
  hasStorableTotal,
  iso8601Field,
  LATEST_TIME_MS,
  orderIdField,
  priceField,
  quantityField,
  totalRule,
} from './fields.ts';
import { toCentsDespiteFloatNoise } from './money.ts';
import type { OrderContent } from './order.ts';
import type { OrderRequestBody } from './order-request.ts';

/**
 * An order as a record on the topic `orders`, from any producer. Unknown fields, the status and the total are
 * ignored, so that old and new releases read each other's records. Money and identity are checked as strictly as in
 * a request.
 */
export const orderRecordSchema = z
  .object({
    order_id: orderIdField,
    customer_id: foreignIdField,
    product_id: foreignIdField,
    quantity: quantityField,
    price: priceField(toCentsDespiteFloatNoise),
    created_at: iso8601Field.nullish(),
  })
  .refine(hasStorableTotal, totalRule);

/** Returns the order in a record. `recordTimestamp` (ms) replaces a missing `created_at`. */
export function orderContent(
  order: z.infer<typeof orderRecordSchema>,
  recordTimestamp: number,
): OrderContent {
  return {
    orderId: order.order_id,
    customerId: order.customer_id,
    productId: order.product_id,
    quantity: order.quantity,
    priceCents: order.price,
    totalCents: order.quantity * order.price,
    createdAt: order.created_at ?? clampToStorable(recordTimestamp),
  };
}

/** A producer may set any 64-bit timestamp. */
const clampToStorable = (timeMs: number): number =>
  Math.min(Math.max(timeMs, EARLIEST_TIME_MS), LATEST_TIME_MS);

/** A cancel as a record on the topic `orders`. Unknown fields are ignored. */
export const cancelRecordSchema = z.object({
  order_id: orderIdField,
  customer_id: foreignIdField.nullish(),
});

/** A retry of an order's fulfilment as a record on the topic `orders`. */
export const retryRecordSchema = z.object({
  order_id: orderIdField,
  expected_version: z.int().positive(),
});

/**
 * The value of an order on the topic `orders`: a request with every field set. The field names are the
 * predecessor's.
 */
export type OrderRecord = {
  readonly [Field in keyof OrderRequestBody]-?: NonNullable<OrderRequestBody[Field]>;
};

export type CancelRecord = Readonly<z.input<typeof cancelRecordSchema>>;

export type RetryRecord = Readonly<z.input<typeof retryRecordSchema>>;
