import type { Schedule } from './schedule.ts';

/** An order as it is sent. */
export interface LoadOrder {
  readonly order_id: string;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly price: number;
  readonly created_at: string;
}

/** The orders of one run. The same every time they are asked for, so none has to be kept. */
export interface RunOrders {
  /** What their ids begin with, and no other order's. */
  readonly prefix: string;
  /** The orders that a request carries. */
  of(request: number): LoadOrder[];
  /** Those of the first so many requests. */
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
