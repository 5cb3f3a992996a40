import * as z from 'zod';
import { orderIdField } from './fields.ts';

/** The wish to try an order's fulfilment again, as a record on the topic `orders`. */
export const retryRecordSchema = z.object({
  order_id: orderIdField,
  expected_version: z.int().positive(),
});
