import * as z from 'zod';
import { foreignIdField, orderIdField } from './fields.ts';
import { orderStatuses } from './order.ts';
import { traceparentSchema } from './record-headers.ts';

/** The value on the topic `orders.status`. Code that runs imports only the type, so that no bundle contains the schema. */
export const statusEventSchema = z.object({
  order_id: orderIdField,
  customer_id: foreignIdField,
  version: z.int().min(1),
  status: z.enum(orderStatuses).meta({ 'x-open-values': true }),
  status_reason: z.string().nullable(),
  at: z.iso.datetime({ precision: 3 }),
});

/** The headers of a record on the topic `orders.status`. Code that runs imports only the type. */
export const statusHeadersSchema = z.object({ traceparent: traceparentSchema.exactOptional() });

export type StatusHeaders = Readonly<z.infer<typeof statusHeadersSchema>>;

/** Events may repeat or arrive out of order: the highest version counts. */
export type OrderStatusEvent = Readonly<z.infer<typeof statusEventSchema>>;
