import type { Schedule } from './schedule.ts';

/** An order as sent. */
export interface LoadOrder {
  readonly order_id: string;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly price: number;
  readonly created_at: string;
}

/** The orders of one run. They are derived from their number, so none is kept in memory. */
export interface RunOrders {
  /** The prefix of their ids, unique to the run. */
  readonly prefix: string;
  /** Returns the orders of a request. */
  of(request: number): LoadOrder[];
  /** Returns the orders of the first `requests` requests. */
  ofFirst(requests: number): LoadOrder[];
}

export function createRunOrders(schedule: Schedule, startedAtMs: number): RunOrders {
  const prefix = `load-${startedAtMs.toString(36)}-`;
  const of = (request: number): LoadOrder[] => {
    const [from, to] = schedule.ordersOf(request);
    const dueAtMs = startedAtMs + schedule.dueAtMs(request);
    return Array.from({ length: to - from }, (_, offset) => anOrder(prefix, from + offset, dueAtMs));
  };
  return {
    prefix,
    of,
    ofFirst: (requests) => Array.from({ length: requests }, (_, request) => of(request)).flat(),
  };
}

function anOrder(prefix: string, index: number, createdAtMs: number): LoadOrder {
  return {
    order_id: `${prefix}${String(index).padStart(8, '0')}`,
    customer_id: `customer-${index % 1_000}`,
    product_id: `Prödukt ${index % 17}`,
    quantity: (index % 9) + 1,
    price: (((index * 37) % 100_000) + 1) / 100,
    created_at: new Date(createdAtMs).toISOString(),
  };
}
