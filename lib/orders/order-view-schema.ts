import * as z from 'zod';
import { orderStatuses } from './order.ts';

/** Orders in HTTP responses. The code that makes them imports the types only, so no bundle contains these schemas. */

const time = z.string().meta({
  format: 'date-time',
  description: 'UTC, with milliseconds.',
  examples: ['2026-11-01T10:00:00.000Z'],
});

const status = z.enum(orderStatuses).meta({
  description: 'COMPLETED, FAILED and CANCELLED are final, unless the operator retries a FAILED order.',
});

const statusReason = z.string().nullable().meta({
  description: 'Why the order is FAILED or CANCELLED, or why a command had no effect; otherwise null.',
});

const version = z
  .int()
  .min(1)
  .meta({ description: 'Starts at 1 and rises by one with every change of the order.' });

export const orderViewSchema = z
  .object({
    order_id: z.string(),
    customer_id: z.string(),
    product_id: z.string(),
    quantity: z.int().min(1),
    price: z.number().meta({ description: 'The price of one piece, with at most two decimals.' }),
    total_amount: z.number().meta({ description: 'quantity × price' }),
    status,
    status_reason: statusReason,
    version,
    created_at: time,
    updated_at: time,
    attempts: z.int().min(0).optional().meta({
      description:
        'Calls made so far. Present only in GET /api/orders/{order_id} while the order waits for fulfilment.',
    }),
    next_attempt_at: time
      .optional()
      .meta({ description: 'The time of the next call. Present together with attempts.' }),
  })
  .meta({ id: 'Order', description: 'A stored order.' });

export const ordersPageSchema = z
  .object({
    orders: z.array(orderViewSchema).meta({ description: 'Newest first by created_at.' }),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: 'The cursor of the next page; null on the last page.' }),
  })
  .meta({ id: 'OrdersPage' });

export const historyViewSchema = z
  .object({
    event_id: z
      .uuid()
      .meta({ description: 'The id of the command, or of the attempt that had this outcome.' }),
    event_type: z.string().meta({
      description:
        'order.created, order.cancel_requested, order.retry_requested, order.fulfilled, order.fulfilment_refused or order.attempts_exhausted; others may follow.',
    }),
    version: version.nullable().meta({ description: 'null: the command was rejected and changed nothing.' }),
    status,
    status_reason: statusReason,
    at: time,
  })
  .meta({ id: 'HistoryEntry' });

export const orderHistorySchema = z
  .object({
    order_id: z.string(),
    history: z.array(historyViewSchema).meta({ description: 'Oldest first; at most 1,000 entries.' }),
    truncated: z.boolean().meta({ description: 'Whether the order has more entries.' }),
  })
  .meta({ id: 'OrderHistory' });

/** An order in HTTP responses. */
export type OrderView = Readonly<z.infer<typeof orderViewSchema>>;

/** A page of `GET /api/orders`. */
export type OrdersPageView = Readonly<z.infer<typeof ordersPageSchema>>;

/** An entry of an order's history in HTTP responses. */
export type HistoryView = Readonly<z.infer<typeof historyViewSchema>>;

export type OrderHistoryView = Readonly<z.infer<typeof orderHistorySchema>>;
