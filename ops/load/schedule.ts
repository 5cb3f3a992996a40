/** The load of a run. */
export interface Plan {
  /** Orders per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly ordersPerRequest: number;
}

/**
 * The due time of each request, independent of earlier answers, in milliseconds since the start. Latency counts from
 * the due time: a stalled server also delays later requests, and a clock that starts with the request hides that
 * ("coordinated omission").
 */
export interface Schedule {
  readonly requests: number;
  dueAtMs(request: number): number;
  /** Returns the number of requests that are due by then. */
  dueBy(elapsedMs: number): number;
  /** Returns the range of order numbers of a request; the second is exclusive. */
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
