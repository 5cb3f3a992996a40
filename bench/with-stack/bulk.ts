import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../../client/src/index.ts';
import { median } from '../median.ts';

export interface BulkResult {
  readonly orders: number;
  readonly requests: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly notAccepted: number;
}

const ORDERS = 1_000;
const REQUESTS = 40;
const WARM_UP = 5;
/** The pause between two requests, so that storing one does not overlap with the next measurement. */
const PAUSE_MS = 250;

/** Measures how long `POST /api/orders/bulk` of a running stack takes for 1,000 orders. */
export async function benchBulk(apiUrl: string): Promise<BulkResult> {
  await using client = createClient({ baseUrl: apiUrl });
  const times: number[] = [];
  let notAccepted = 0;
  for (let request = 0; request < WARM_UP + REQUESTS; request += 1) {
    const run = randomUUID();
    const orders = Array.from({ length: ORDERS }, (_, index) => ({
      order_id: `${run}-${index}`,
      customer_id: 'customer-1',
      product_id: 'product-1',
      quantity: 3,
      price: 19.99,
    }));
    const startedAt = performance.now();
    const results = await client.createMany(orders, { idempotencyKey: false }); // one request
    if (request >= WARM_UP) {
      times.push(performance.now() - startedAt);
      notAccepted += results.every(({ error }) => error === undefined) ? 0 : 1;
    }
    await delay(PAUSE_MS);
  }
  return {
    orders: ORDERS,
    requests: REQUESTS,
    medianMs: Math.round(median(times)),
    slowestMs: Math.round(Math.max(...times)),
    notAccepted,
  };
}
