import autocannon from 'autocannon';

export interface HttpResult {
  readonly connections: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly notAccepted: number;
}

const SECONDS = 10;

/** Measures acknowledged orders per second of `POST /api/orders` at several numbers of connections. */
export async function benchHttp(apiUrl: string): Promise<HttpResult[]> {
  const results: HttpResult[] = [];
  await load(apiUrl, 10, 3); // warm-up
  for (const connections of [1, 10, 50]) {
    results.push(await load(apiUrl, connections, SECONDS));
  }
  return results;
}

async function load(apiUrl: string, connections: number, seconds: number): Promise<HttpResult> {
  const result = await autocannon({
    url: `${apiUrl}/api/orders`,
    method: 'POST',
    connections,
    duration: seconds,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: 'customer-1', product_id: 'product-1', quantity: 3, price: 19.99 }),
  });
  return {
    connections,
    perSecond: Math.round(result['2xx'] / result.duration),
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
    notAccepted: result.non2xx + result.errors + result.timeouts,
  };
}
