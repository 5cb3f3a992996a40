import * as z from 'zod';
import type { OrderCommand } from './command.ts';

/** The commands on the topic `orders`. */
export const eventTypes = [
  'order.created',
  'order.cancel_requested',
  'order.retry_requested',
] as const satisfies readonly OrderCommand['type'][];

/**
 * The W3C trace context of the producer: https://www.w3.org/TR/trace-context/. Written only in a sampled trace, because a
 * header is as expensive as the record itself.
 */
export const traceparentSchema = z.string().regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);

/** The headers of a record on the topic `orders`. Code that runs imports only the type. */
export const recordHeadersSchema = z.object({
  'event-id': z.uuid(),
  'event-type': z.enum(eventTypes).exactOptional(),
  traceparent: traceparentSchema.exactOptional(),
});

export type RecordHeaders = Readonly<z.infer<typeof recordHeadersSchema>>;
