import * as z from 'zod';
import { foreignIdField, type NamedRule, rfc3339Field, timeRules } from '../orders/fields.ts';
import { type OrderFilter, orderStatuses } from '../orders/order.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import { decodeCursor } from './cursor.ts';

const timeField = (example: string) =>
  rfc3339Field(' (in a URL, + is %2B)')
    .meta({ examples: [example] })
    .transform(rfc3339Ms);

const earlier: NamedRule = { id: 'from_before_to', description: 'created_from is before created_to.' };
const ownCursor: NamedRule = {
  id: 'own_cursor',
  description: 'The value is the next_cursor of a page with the same filters.',
};

/**
 * The query of `GET /api/orders`. Rejects unknown parameters. Times are truncated to milliseconds, the precision of
 * orders.
 */
export const listOrdersQuerySchema = z
  .strictObject({
    limit: z
      .string()
      .regex(/^([1-9]\d?|1\d\d|200)$/, 'must be a whole number from 1 to 200')
      .default('50')
      .transform(Number)
      .meta({
        description: 'The maximum number of orders in a page.',
        param: { schema: { type: 'integer', minimum: 1, maximum: 200, default: 50, examples: [50] } },
      }),
    cursor: z
      .string()
      .optional()
      .meta({
        description: 'The next_cursor of the previous page. Omit it for the first page.',
        'x-rules': [ownCursor],
      }),
    status: z
      .enum(
        orderStatuses,
        'must be PROCESSING, COMPLETED, FAILED or CANCELLED; PENDING applies only before an order is stored',
      )
      .optional()
      .meta({ description: 'Only orders in this status.', examples: ['COMPLETED'] }),
    customer_id: foreignIdField.optional().meta({
      description: 'Only orders of this customer. A token that is bound to a customer lists only its orders.',
      examples: ['customer-1'],
    }),
    product_id: foreignIdField
      .optional()
      .meta({ description: 'Only orders of this product.', examples: ['product-1'] }),
    created_from: timeField('2026-11-01T00:00:00Z')
      .optional()
      .meta({
        description: 'Only orders created at this time or later.',
        'x-rules': [...timeRules, earlier],
      }),
    created_to: timeField('2026-12-01T00:00:00Z')
      .optional()
      .meta({ description: 'Only orders created before this time.' }),
  })
  .refine(
    ({ created_from, created_to }) =>
      created_from === undefined || created_to === undefined || created_from < created_to,
    { path: ['created_from'], error: 'must be before created_to' },
  )
  .transform(({ limit, cursor, ...query }, context) => {
    const filter: OrderFilter = {
      status: query.status,
      customerId: query.customer_id,
      productId: query.product_id,
      createdFrom: query.created_from,
      createdTo: query.created_to,
    };
    const after = cursor === undefined ? undefined : decodeCursor(cursor, filter);
    if (cursor !== undefined && after === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['cursor'],
        message: 'must be the next_cursor of a page with the same filters',
      });
      return z.NEVER;
    }
    return { filter, after, limit };
  });
