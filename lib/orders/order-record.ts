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
import type { OrderContent, OrderStatus } from './order.ts';
import type { OrderRequestBody } from './order-request.ts';

/**
 * An order as a record on the topic `orders`, from our producer, the predecessor's or anybody's. Read
 * tolerantly, or a rolling deployment would dead-letter everything: unknown fields are ignored, status and
 * total too (the total is recomputed). What decides money or identity is as strict as in a request.
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

/** What a record orders. `recordTimestamp` (ms) stands in for a missing `created_at`. */
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

/** A producer may give its records any 64-bit timestamp. */
const clampToStorable = (timeMs: number): number =>
  Math.min(Math.max(timeMs, EARLIEST_TIME_MS), LATEST_TIME_MS);

/** A cancel as a record on the topic `orders`: read as tolerantly as an order is. */
export const cancelRecordSchema = z.object({
  order_id: orderIdField,
  customer_id: foreignIdField.nullish(),
});

/** The wish to try an order's fulfilment again, as a record on the topic `orders`. */
export const retryRecordSchema = z.object({
  order_id: orderIdField,
  expected_version: z.int().positive(),
});

/** The value of an order on the topic `orders`: a request with every field set. The predecessor named the fields. */
export type OrderRecord = {
  readonly [Field in keyof OrderRequestBody]-?: NonNullable<OrderRequestBody[Field]>;
};

export type CancelRecord = Readonly<z.input<typeof cancelRecordSchema>>;

export type RetryRecord = Readonly<z.input<typeof retryRecordSchema>>;

/** The value on the topic `orders.status`. Events may repeat or come out of order: the highest version counts. */
export interface OrderStatusEvent {
  readonly order_id: string;
  readonly customer_id: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: string;
}
