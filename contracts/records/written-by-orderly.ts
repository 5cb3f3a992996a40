import { type FulfilmentRequest, fulfilmentRequestSchema } from '../../lib/fulfilment/fulfilment-request.ts';
import { rejectionSchema } from '../../lib/fulfilment/webhook-response.ts';
import { traceparentSchema } from '../../lib/orders/record-headers.ts';
import {
  type OrderStatusEvent,
  statusEventSchema,
  statusHeadersSchema,
} from '../../lib/orders/status-event.ts';
import { type DeadLetterHeaders, deadLetterHeadersSchema } from '../../lib/outbox/dead-letter-headers.ts';
import { schemaIdHeader } from './schema-id-header.ts';

/** The records that only Orderly writes, and the answers of the receiver. */

const statusExample: OrderStatusEvent = {
  order_id: '0192f0c1-4f5e-7a3b-9c2d-1e4f5a6b7c8d',
  customer_id: 'customer-1',
  version: 1,
  status: 'COMPLETED',
  status_reason: null,
  at: '2026-11-01T10:00:00.120Z',
};

const { shape: status } = statusEventSchema;

export const statusEvent = statusEventSchema
  .extend({
    order_id: status.order_id.meta({ description: 'The order. The key of the record is the same text.' }),
    customer_id: status.customer_id.meta({ description: 'The customer who ordered.' }),
    version: status.version.meta({
      description: 'Starts at 1 and increases by one with each change of state. The highest version counts.',
    }),
    status: status.status.meta({
      description:
        'The state at this version. COMPLETED, FAILED and CANCELLED are final, unless an operator retries the order.',
    }),
    status_reason: status.status_reason.meta({
      description: 'Why the order has this state; null without a reason.',
    }),
    at: status.at.meta({ description: 'When the state changed, in UTC.' }),
  })
  .meta({
    title: 'Status event',
    description:
      'The value of a record on the topic `orders.status`: the state of an order. Events may repeat, and may arrive out of order: ignore an event whose version you have seen. If one batch changes an order several times, only the last change is published. Orderly may add fields and states: ignore those that you do not know.',
    examples: [
      statusExample,
      { ...statusExample, status: 'FAILED', status_reason: 'This product is sold out.' },
    ],
  });

export const statusEventHeaders = statusHeadersSchema
  .extend({
    __value_schema_id: schemaIdHeader,
    traceparent: statusHeadersSchema.shape.traceparent.meta({
      description: 'The trace context of the order (W3C Trace Context), only if its trace is sampled.',
    }),
  })
  .meta({
    title: 'Headers of a status event',
    description:
      'The headers of a record on the topic `orders.status`. Most records have none. Orderly may add headers: ignore unknown headers.',
    examples: [{}, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
  });

const letterExample: DeadLetterHeaders = {
  'dead-letter-topic': 'orders',
  'dead-letter-partition': '5',
  'dead-letter-offset': '104',
  'dead-letter-code': 'not_json',
  'dead-letter-message': 'the value is not JSON',
  'dead-letter-attempts': '1',
  'dead-letter-at': '2026-11-01T10:00:00.120Z',
};

const { shape: letter } = deadLetterHeadersSchema;

export const deadLetterHeaders = deadLetterHeadersSchema
  .extend({
    'dead-letter-topic': letter['dead-letter-topic'].meta({
      description: 'The topic of the record, with the prefix of the stage.',
    }),
    'dead-letter-partition': letter['dead-letter-partition'].meta({
      description: 'The partition of the record.',
    }),
    'dead-letter-offset': letter['dead-letter-offset'].meta({ description: 'The offset of the record.' }),
    'dead-letter-code': letter['dead-letter-code'].meta({
      description: 'Why the record cannot take effect.',
    }),
    'dead-letter-message': letter['dead-letter-message'].meta({
      description: 'The reason in one sentence, for people.',
    }),
    'dead-letter-attempts': letter['dead-letter-attempts'].meta({
      description:
        'How often the letter was opened: 1, and one more for each redrive that was rejected again.',
    }),
    'dead-letter-at': letter['dead-letter-at'].meta({ description: 'When the letter was opened, in UTC.' }),
    traceparent: traceparentSchema.optional().meta({
      description:
        'The trace context (W3C Trace Context), if the original record has this header. If its trace is sampled, the last value continues the trace.',
    }),
  })
  .meta({
    title: 'Headers of a dead letter',
    description:
      'The headers of a record on the topic `orders.dlq`, as UTF-8. They follow the headers of the original record, so a name may repeat: its last value counts. Key and value are those of the original record, byte for byte. Orderly may add headers and codes: ignore those that you do not know.',
    examples: [letterExample, { 'event-id': '0192f0c1-4f5e-7a3b-9c2d-1e4f5a6b7c8e', ...letterExample }],
  });

const requestExample: FulfilmentRequest = {
  order_id: '0192f0c1-4f5e-7a3b-9c2d-1e4f5a6b7c8d',
  customer_id: 'customer-1',
  product_id: 'soap',
  quantity: 3,
  price: 19.99,
  total_amount: 59.97,
  created_at: '2026-11-01T10:00:00.000Z',
};

export const fulfilmentRequest = fulfilmentRequestSchema.meta({
  title: 'Call to the receiver',
  description:
    'The JSON body of the POST request to `FULFILMENT_URL`. A repeated call for an order has the same body, byte by byte. Orderly may add fields: ignore those that you do not know.',
  examples: [requestExample],
});

export const fulfilmentRejection = rejectionSchema.meta({
  title: 'Rejection by the receiver',
  description:
    'The JSON body of an answer with status 409 or 422. The first of `reason`, `detail` and `title` that is not blank becomes the `status_reason` of the order, truncated to 500 characters. Orderly ignores other fields and a field of another type, and uses its own reason if there is none. The bodies of other answers are ignored.',
  examples: [
    { reason: 'This product is sold out.' },
    { title: 'Conflict', detail: 'The warehouse is closed.' },
  ],
});
