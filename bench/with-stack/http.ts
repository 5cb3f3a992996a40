import { type HttpResult, postOrders } from '../post-orders.ts';

const SECONDS = 10;

/** Measures acknowledged orders per second of `POST /api/orders` at several numbers of connections. */
export async function benchHttp(apiUrl: string): Promise<HttpResult[]> {
  const url = `${apiUrl}/api/orders`;
  const results: HttpResult[] = [];
  await postOrders(url, 10, 3); // warm-up
  for (const connections of [1, 10, 50]) {
    results.push(await postOrders(url, connections, SECONDS));
  }
  return results;
}
