import * as z from 'zod';

/** Answers to accepted commands. The code that makes them imports the types only, so no bundle contains these schemas. */

const pendingOrder = {
  order_id: z.string(),
  status: z.literal('PENDING').meta({ description: 'Accepted and not stored yet.' }),
  total_amount: z.number().meta({ description: 'quantity × price' }),
  created_at: z.string().meta({ format: 'date-time', description: 'UTC, with milliseconds.' }),
  links: z.object({ self: z.string().meta({ description: 'The path of the order.' }) }),
};

export const pendingOrderSchema = z
  .object(pendingOrder)
  .meta({ id: 'AcceptedOrder', description: 'An order that Kafka has acknowledged.' });

const index = z.int().min(0).meta({ description: 'The position of the order in the request, from 0.' });

const acceptedResultSchema = z.object({ index, ...pendingOrder }).meta({ id: 'AcceptedResult' });

export const unacknowledgedResultSchema = z
  .object({
    index,
    order_id: z.string(),
    code: z.enum(['kafka_unavailable', 'internal_error']).meta({
      description:
        'kafka_unavailable: the order may be stored or not; send it again with this order_id or the same Idempotency-Key. internal_error: it was not stored.',
    }),
    detail: z.string(),
  })
  .meta({ id: 'UnacknowledgedResult', description: 'An order that Kafka has not acknowledged.' });

export const bulkAcceptedSchema = z
  .object({
    accepted: z.int().min(1).meta({ description: 'The number of acknowledged orders.' }),
    failed: z.int().min(0).meta({ description: 'The number of orders without an acknowledgement.' }),
    results: z
      .array(z.union([acceptedResultSchema, unacknowledgedResultSchema]))
      .meta({ description: 'One entry for each order, in the order of the request.' }),
  })
  .meta({ id: 'BulkResult' });

export const cancelAcceptedSchema = z
  .object({
    order_id: z.string(),
    event_id: z.uuid().meta({ description: 'The id under which the history has the outcome.' }),
    links: z.object({ self: z.string(), history: z.string() }),
  })
  .meta({ id: 'AcceptedCancel' });

export type PendingOrder = z.infer<typeof pendingOrderSchema>;
export type BulkAccepted = z.infer<typeof bulkAcceptedSchema>;
export type BulkResult = BulkAccepted['results'][number];
export type CancelAccepted = z.infer<typeof cancelAcceptedSchema>;
export type UnacknowledgedResult = z.infer<typeof unacknowledgedResultSchema>;
