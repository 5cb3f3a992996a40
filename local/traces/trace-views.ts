import * as z from 'zod';
import { traceIdSchema } from './otlp.ts';

/** The read interface of the trace store: `GET /traces`, and `GET /traces/{trace_id}`, which answers OTLP/JSON. */

export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 1_000;
/** More order ids of a trace are counted, not listed. */
export const MAX_LISTED_ORDERS = 100;

const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((text) => text === 'true')
  .default(false);

/** The query of `GET /traces`. */
export const traceListQuerySchema = z
  .strictObject({
    order_id: z.string().min(1, 'must not be empty').optional(),
    failed: flag,
    slow: flag,
    limit: z
      .string()
      .regex(/^([1-9]\d{0,2}|1000)$/, `must be a whole number from 1 to ${MAX_LIMIT}`)
      .transform(Number)
      .default(DEFAULT_LIMIT),
  })
  .transform(({ order_id: orderId, ...rest }) => ({ orderId, ...rest }));

export type TraceListQuery = z.infer<typeof traceListQuerySchema>;

const traceSummarySchema = z.object({
  trace_id: traceIdSchema,
  /** The first span without a parent in the trace store. */
  root_name: z.string(),
  started_at: z.iso.datetime(),
  /** From the start of the first span to the end of the last one. */
  duration_ms: z.number(),
  span_count: z.int(),
  /** True if a span has the status ERROR. */
  failed: z.boolean(),
  order_ids: z.array(z.string()).max(MAX_LISTED_ORDERS),
  order_count: z.int(),
});

/** The answer of `GET /traces`: newest first, with `slow` longest first. */
export const traceListSchema = z.object({ traces: z.array(traceSummarySchema) });

export type TraceSummary = z.infer<typeof traceSummarySchema>;
export type TraceList = z.infer<typeof traceListSchema>;
