import { createClient } from '../../client/src/index.ts';
import { percentiles } from '../../ops/load/percentiles.ts';

export interface ListedOrders {
  /** In list order. */
  readonly orderIds: readonly string[];
  /** One duration per page, from the request to the parsed answer. */
  readonly pageMs: readonly number[];
}

export interface ListResult {
  readonly orders: number;
  readonly pages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const ORDERS_PER_PAGE = 200;
/** Longer lists are measured up to this page. */
const MAX_PAGES = 1_000;

/** Measures `GET /api/orders` of a running stack, page by page over one connection. */
export async function benchList(apiUrl: string): Promise<ListResult> {
  await listOrders(apiUrl, 50); // warm-up
  const { orderIds, pageMs } = await listOrders(apiUrl, MAX_PAGES);
  const { p50, p99 } = percentiles(pageMs);
  return {
    orders: orderIds.length,
    pages: pageMs.length,
    p50Ms: p50 ?? Number.NaN,
    p99Ms: p99 ?? Number.NaN,
  };
}

/** Returns the orders of the first `maxPages` pages of 200, newest first. A failed page is not repeated. */
export async function listOrders(apiUrl: string, maxPages = Number.POSITIVE_INFINITY): Promise<ListedOrders> {
  await using client = createClient({ baseUrl: apiUrl, retry: { attempts: 1 } });
  const orderIds: string[] = [];
  const pageMs: number[] = [];
  let startedAt = performance.now();
  for await (const { orders } of client.list({ limit: ORDERS_PER_PAGE }).pages()) {
    pageMs.push(performance.now() - startedAt);
    orderIds.push(...orders.map(({ order_id }) => order_id));
    if (pageMs.length === maxPages) {
      break;
    }
    startedAt = performance.now();
  }
  return { orderIds, pageMs };
}
