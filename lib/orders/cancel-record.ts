import * as z from 'zod';
import { foreignIdField, orderIdField } from './fields.ts';

/** A cancel as a record on the topic `orders`: read as tolerantly as an order is. */
export const cancelRecordSchema = z.object({
  order_id: orderIdField,
  customer_id: foreignIdField.nullish(),
});
