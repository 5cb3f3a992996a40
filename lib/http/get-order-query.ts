import * as z from 'zod';

/** The query of `GET /api/orders/{order_id}`. Rejects unknown parameters. */
export const getOrderQuerySchema = z.strictObject({
  wait: z
    .string()
    .regex(/^(1?\d|20)$/, 'must be a whole number of seconds from 0 to 20')
    .default('0')
    .transform(Number)
    .meta({
      description:
        'Waits at most this many seconds until the order is stored and has a final status. Then answers with the current state, or with 404 if the order is not stored.',
      param: { schema: { type: 'integer', minimum: 0, maximum: 20, default: 0, examples: [5] } },
    }),
});
