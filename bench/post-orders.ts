import autocannon from 'autocannon';
import { percentiles } from '../ops/load/percentiles.ts';

export interface HttpResult {
  readonly connections: number;
  /** Requests that were accepted. */
  readonly accepted: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly notAccepted: number;
}

/** Sends the same order repeatedly over this many connections. The API gives each one a new id. */
export async function postOrders(url: string, connections: number, seconds: number): Promise<HttpResult> {
  const responseMs: number[] = [];
  const options = {
    url,
    method: 'POST',
    connections,
    duration: seconds,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: 'customer-1', product_id: 'product-1', quantity: 3, price: 19.99 }),
  } as const;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const running = autocannon(options, (error, measured) => (error ? reject(error) : resolve(measured)));
    running.on('response', (_client, _status, _bytes, ms) => {
      responseMs.push(ms); // its own percentiles are whole milliseconds
    });
  });
  const { p50, p99 } = percentiles(responseMs);
  return {
    connections,
    accepted: result['2xx'],
    perSecond: Math.round(result['2xx'] / result.duration),
    p50Ms: p50 ?? Number.NaN,
    p99Ms: p99 ?? Number.NaN,
    notAccepted: countNotAccepted(result),
  };
}

/** Returns the requests without a 2xx. autocannon's `errors` include its `timeouts`. */
export const countNotAccepted = ({ non2xx, errors }: Pick<autocannon.Result, 'non2xx' | 'errors'>): number =>
  non2xx + errors;
