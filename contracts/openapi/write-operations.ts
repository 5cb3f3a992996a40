import * as z from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import {
  bulkAcceptedSchema,
  cancelAcceptedSchema,
  pendingOrderSchema,
} from '../../lib/http/command-response-schemas.ts';
import { orderPathSchema } from '../../lib/http/request-parameters.ts';
import { idempotencyKeyPattern } from '../../lib/idempotency/idempotency-key.ts';
import { bulkRequestSchema } from '../../lib/orders/bulk-request.ts';
import { orderRequestSchema } from '../../lib/orders/order-request.ts';
import { systemClock } from '../../lib/time/clock.ts';
import * as examples from './examples.ts';
import { header } from './headers.ts';
import { answer, exampleValues, operation } from './operation.ts';

const tag = 'Orders';
const scope = 'orders:write';

const orderRequest = orderRequestSchema(systemClock).meta({
  id: 'OrderRequest',
  description: 'A new order. Unknown fields are rejected.',
});

/** The schema that validates checks the number of orders before it reads them, so zod does not know the type of an item. */
const bulkRequest = bulkRequestSchema(systemClock).meta({
  id: 'BulkRequest',
  override: { items: { $ref: '#/components/schemas/OrderRequest' } },
});

const keyHeader = z.object({
  'Idempotency-Key': z.string().regex(idempotencyKeyPattern).optional().meta({
    description:
      'Makes it safe to repeat the request: for 24 hours, the same request with the same key takes effect once. Use a new key, such as a UUID, for every request.',
  }),
});

const jsonBody = 'The content type may also end in `+json`. Send it without `Content-Encoding`.';
const problems = ['validation_failed', 'idempotency_key_reused', 'kafka_unavailable'] as const;
const bodyProblems = ['malformed_json', 'unsupported_media_type'] as const;

export const createOrderOperation: ZodOpenApiOperationObject = operation({
  function: 'createOrder',
  tag,
  scope,
  summary: 'Create an order',
  description:
    'Answers when Kafka has acknowledged the order. It is stored shortly afterwards: read it with `GET /api/orders/{order_id}?wait=5`. The same order sent twice with one `order_id` takes effect once.',
  parameters: { header: keyHeader },
  body: {
    description: `At most 32 768 bytes. ${jsonBody}`,
    schema: orderRequest,
    examples: exampleValues({ minimal: examples.minimalOrder, complete: examples.completeOrder }),
  },
  answers: {
    202: answer(
      'The order is accepted.',
      pendingOrderSchema,
      { accepted: examples.pendingOrder },
      {
        ...header('Location', 'Idempotency-Replayed'),
      },
    ),
  },
  problems: [...bodyProblems, ...problems],
});

export const createOrdersBulkOperation: ZodOpenApiOperationObject = operation({
  function: 'createOrdersBulk',
  tag,
  scope,
  summary: 'Create up to 1,000 orders',
  description: 'One invalid order rejects the whole request, and nothing is stored.',
  parameters: { header: keyHeader },
  body: {
    description: `At most 2 097 152 bytes. ${jsonBody}`,
    schema: bulkRequest,
    examples: exampleValues({ orders: [examples.completeOrder, examples.minimalOrder] }),
  },
  answers: {
    202: answer(
      'Every order is accepted.',
      bulkAcceptedSchema,
      { accepted: examples.bulkAccepted },
      {
        ...header('Idempotency-Replayed'),
      },
    ),
    207: answer(
      'Kafka has acknowledged only some of the orders. Send the same request again with its `Idempotency-Key`, or the other orders with their `order_id`.',
      bulkAcceptedSchema,
      { partly: examples.bulkPartlyAccepted },
      header('Idempotency-Replayed'),
    ),
  },
  problems: [...bodyProblems, ...problems],
});

export const cancelOrderOperation: ZodOpenApiOperationObject = operation({
  function: 'cancelOrder',
  tag,
  scope,
  summary: 'Request that an order is cancelled',
  description:
    'Takes no body. Only an order in PROCESSING whose fulfilment has not begun is cancelled. The history of the order has the outcome under the `event_id` of the answer. `order_not_found` is answered only to a token that is bound to a customer.',
  parameters: { path: orderPathSchema, header: keyHeader },
  answers: {
    202: answer(
      'The request is accepted.',
      cancelAcceptedSchema,
      { accepted: examples.cancelAccepted },
      header('Idempotency-Replayed'),
    ),
  },
  problems: [...problems, 'order_not_found'],
});
