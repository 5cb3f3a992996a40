import * as z from 'zod';
import { foreignIdField, orderIdField, quantityField } from '../orders/fields.ts';

/**
 * The body of a call to the receiver. It contains only fields that never change, so a retry has the same body. Code that runs
 * imports only the type.
 */
export const fulfilmentRequestSchema = z.object({
  order_id: orderIdField,
  customer_id: foreignIdField,
  product_id: foreignIdField,
  quantity: quantityField,
  price: z.number().positive(),
  total_amount: z.number().positive(),
  created_at: z.iso.datetime({ precision: 3 }),
});

export type FulfilmentRequest = Readonly<z.infer<typeof fulfilmentRequestSchema>>;
