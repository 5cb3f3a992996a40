import * as z from 'zod';
import { priceField, rfc3339Field, storableTotal } from '../../lib/orders/fields.ts';
import { toCents } from '../../lib/orders/money.ts';
import {
  type CancelRecord,
  cancelRecordSchema,
  type OrderRecord,
  orderRecordSchema,
  type RetryRecord,
  retryRecordSchema,
} from '../../lib/orders/order-record.ts';
import { recordHeadersSchema } from '../../lib/orders/record-headers.ts';
import { schemaIdHeader } from './schema-id-header.ts';

/** The records on the topic `orders`, as every producer must write them. */

const orderId = orderRecordSchema.shape.order_id.meta({
  description: 'Identifies the order. The key of the record is the same text.',
});

const orderExample: OrderRecord = {
  order_id: '0192f0c1-4f5e-7a3b-9c2d-1e4f5a6b7c8d',
  customer_id: 'customer-1',
  product_id: 'soap',
  quantity: 3,
  price: 19.99,
  total_amount: 59.97,
  status: 'PENDING',
  created_at: '2026-11-01T10:00:00.000Z',
};

/**
 * Stricter than the schema that reads: a producer writes exact prices and times with an offset. The fields that only this
 * schema has are ignored when a record is read.
 */
export const orderRecord = z
  .object({
    order_id: orderId,
    customer_id: orderRecordSchema.shape.customer_id.meta({ description: 'The customer who ordered.' }),
    product_id: orderRecordSchema.shape.product_id.meta({ description: 'The ordered product.' }),
    quantity: orderRecordSchema.shape.quantity.meta({ description: 'The number of pieces.' }),
    price: priceField(toCents).meta({ description: 'The price of one piece.' }),
    total_amount: z.number().optional().meta({
      description: 'quantity × price. Orderly always writes it, and never reads it: it computes the total.',
    }),
    status: z
      .literal('PENDING')
      .optional()
      .meta({ description: 'Orderly always writes it, and never reads it.' }),
    created_at: rfc3339Field().optional().meta({
      description:
        'When the order was placed. Orderly always writes it, in UTC with milliseconds. Default: the timestamp of the record.',
    }),
  })
  .meta({
    title: 'Order',
    description: [
      'The value of a record on the topic `orders` that creates an order: its header `event-type` is absent or `order.created`.',
      'Ignore fields that you do not know.',
      'Orderly also reads records of older producers. It ignores unknown fields, and any `status` and `total_amount`. It accepts prices with rounding errors of binary floats, and a `created_at` that is null or in another form of ISO 8601.',
      'A record that it cannot read becomes a dead letter.',
    ].join(' '),
    'x-rules': [storableTotal],
    examples: [orderExample],
  });

const cancelExample: CancelRecord = { order_id: orderExample.order_id, customer_id: 'customer-1' };

export const cancelRecord = z
  .object({
    order_id: orderId,
    customer_id: cancelRecordSchema.shape.customer_id.meta({
      description:
        'The customer who cancels, if a customer does. The cancel has no effect on an order of another customer.',
    }),
  })
  .meta({
    title: 'Cancel',
    description:
      'The value of a record on the topic `orders` that cancels an order: its header `event-type` is `order.cancel_requested`. It has no effect on an order that has ended. Ignore fields that you do not know; Orderly does too.',
    examples: [cancelExample, { order_id: orderExample.order_id }],
  });

const retryExample: RetryRecord = { order_id: orderExample.order_id, expected_version: 2 };

export const retryRecord = z
  .object({
    order_id: orderId,
    expected_version: retryRecordSchema.shape.expected_version.meta({
      description: 'The version that the order must have. At another version the retry has no effect.',
    }),
  })
  .meta({
    title: 'Retry',
    description:
      'The value of a record on the topic `orders` that retries the fulfilment of an order whose attempts are exhausted: its header `event-type` is `order.retry_requested`. Ignore fields that you do not know; Orderly does too.',
    examples: [retryExample],
  });

/** Orderly writes `event-id` always. A record of another producer may lack it. */
export const recordHeaders = z
  .object({
    'event-id': recordHeadersSchema.shape['event-id'].optional().meta({
      description:
        'Identifies the command: the same id twice takes effect once. Orderly always writes it. Without it, the position of the record identifies the command, so a record that is sent again is another command. Orderly derives a UUID from any other text.',
    }),
    'event-type': recordHeadersSchema.shape['event-type'].meta({
      description: 'The command. Default: `order.created`, which Orderly does not write.',
    }),
    __value_schema_id: schemaIdHeader,
    traceparent: recordHeadersSchema.shape.traceparent.meta({
      description:
        'The trace context of the producer (W3C Trace Context). Orderly writes it if the trace is sampled, and ignores an invalid value. Status events, dead letters and the call to the receiver continue the trace.',
    }),
  })
  .meta({
    title: 'Headers of a command',
    description:
      'The headers of a record on the topic `orders`, as UTF-8. If a name repeats, its last value counts. An empty value counts as absent. Other headers are allowed and have no effect.',
    examples: [
      { 'event-id': '0192f0c1-4f5e-7a3b-9c2d-1e4f5a6b7c8e' },
      { 'event-id': '0192f0c1-4f5e-7a3b-9c2d-1e4f5a6b7c8f', 'event-type': 'order.cancel_requested' },
      { 'event-id': '5b0c4a3e-6d2f-5a1b-8c7d-9e0f1a2b3c4d', 'event-type': 'order.retry_requested' },
    ],
  });
