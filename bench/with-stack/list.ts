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

/** Returns the orders of the first `maxPages` pages of 200, newest first. */
export async function listOrders(apiUrl: string, maxPages = Number.POSITIVE_INFINITY): Promise<ListedOrders> {
  const orderIds: string[] = [];
  const pageMs: number[] = [];
  for (let cursor = ''; pageMs.length < maxPages; ) {
    const startedAt = performance.now();
    const response = await fetch(`${apiUrl}/api/orders?limit=${ORDERS_PER_PAGE}${cursor}`);
    const page: unknown = await response.json();
    pageMs.push(performance.now() - startedAt);
    if (!isPage(page)) {
      throw new Error(`GET /api/orders answered ${response.status}: ${JSON.stringify(page)}`);
    }
    orderIds.push(...page.orders.map(({ order_id }) => order_id));
    if (page.next_cursor === null) {
      break;
    }
    cursor = `&cursor=${page.next_cursor}`;
  }
  return { orderIds, pageMs };
}

function isPage(body: unknown): body is { orders: { order_id: string }[]; next_cursor: string | null } {
  return typeof body === 'object' && body !== null && 'orders' in body && 'next_cursor' in body;
}
