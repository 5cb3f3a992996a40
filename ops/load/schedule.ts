/** What a run sends, and when. */
export interface Plan {
  /** Orders per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly ordersPerRequest: number;
}

/**
 * When each request is due, whatever became of those before it. Times are milliseconds since the start.
 * Latency is measured from then on: a server that stalls makes the requests behind it late too, and a clock
 * that started with the sending would not show them ("coordinated omission").
 */
export interface Schedule {
  readonly requests: number;
  dueAtMs(request: number): number;
  /** How many requests are due by then. */
  dueBy(elapsedMs: number): number;
  /** The orders that a request carries: from the first up to, without, the second. */
  ordersOf(request: number): readonly [number, number];
}

export function createSchedule({ rate, seconds, ordersPerRequest }: Plan): Schedule {
  const orders = rate * seconds;
  const requests = Math.ceil(orders / ordersPerRequest);
  const intervalMs = (1_000 * ordersPerRequest) / rate;
  return {
    requests,
    dueAtMs: (request) => request * intervalMs,
    dueBy: (elapsedMs) => Math.min(requests, Math.floor(elapsedMs / intervalMs) + 1),
    ordersOf: (request) => [request * ordersPerRequest, Math.min((request + 1) * ordersPerRequest, orders)],
  };
}
