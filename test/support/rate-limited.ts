import * as z from 'zod';
import { WINDOW_MS } from '../../lib/rate-limits/permits.ts';
import type { HandlerProcess } from './handler-process.ts';
import { httpEvent } from './http-event.ts';
import { until } from './until.ts';

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string().transform((text): Record<string, unknown> => JSON.parse(text)),
});

export type LimitedAnswer = z.infer<typeof answerSchema>;

export const anOrder = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };

export interface LimitedRequest {
  /** `create-order`, for example. */
  readonly file: string;
  readonly event: ReturnType<typeof httpEvent>;
}

const jsonType = { 'content-type': 'application/json' };

export const createOrder = (
  headers: Record<string, string> = {},
  body: unknown = anOrder,
): LimitedRequest => ({
  file: 'create-order',
  event: httpEvent('POST', '/api/orders', JSON.stringify(body), { ...jsonType, ...headers }),
});

export const createOrders = (
  orders: readonly unknown[],
  headers: Record<string, string> = {},
): LimitedRequest => ({
  file: 'create-orders-bulk',
  event: httpEvent('POST', '/api/orders/bulk', JSON.stringify(orders), { ...jsonType, ...headers }),
});

export const listOrders = (headers: Record<string, string> = {}): LimitedRequest => ({
  file: 'list-orders',
  event: httpEvent('GET', '/api/orders', undefined, headers),
});

export async function answerOf(
  process: HandlerProcess,
  { file, event }: LimitedRequest,
): Promise<LimitedAnswer> {
  return answerSchema.parse((await process.invoke(`functions/http/${file}.ts`, event)).answer);
}

/**
 * Sets the clock of a process a second after the beginning of the minute `minutes` from now. Afterwards the process is connected
 * to PostgreSQL: after an idle minute it connects again, which may take longer than a request waits.
 */
export async function beginMinute(
  process: HandlerProcess,
  minutes: number,
  headers: Record<string, string> = {},
): Promise<void> {
  process.turnClock(minutes * WINDOW_MS - (Date.now() % WINDOW_MS) + 1_000);
  await until(
    'the limit is checked',
    async () => 'ratelimit' in (await answerOf(process, listOrders(headers))).headers,
  );
}
