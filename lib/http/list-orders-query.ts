import * as z from 'zod';
import { foreignIdField, rfc3339Field } from '../orders/fields.ts';
import { type OrderFilter, orderStatuses } from '../orders/order.ts';
import { rfc3339Ms } from '../time/time-text.ts';
import { decodeCursor } from './cursor.ts';

const timeField = rfc3339Field(' (in a URL, + is %2B)').transform(rfc3339Ms);

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
      .transform(Number),
    cursor: z.string().optional(),
    status: z
      .enum(orderStatuses)
      .exclude(
        ['PENDING'],
        'must be PROCESSING, COMPLETED, FAILED or CANCELLED; PENDING applies only before an order is stored',
      )
      .optional(),
    customer_id: foreignIdField.optional(),
    product_id: foreignIdField.optional(),
    created_from: timeField.optional(),
    created_to: timeField.optional(),
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
