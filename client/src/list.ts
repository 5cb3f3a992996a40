import type { CallOptions } from './options.ts';
import type { Order, OrderFilter, OrdersPage } from './orders.ts';
import type { Send } from './request.ts';

/** The orders of a list, newest first. Iterating it sends one request per page, when the page is needed. */
export interface OrderList extends AsyncIterable<Order> {
  /** Iterates over pages. A page's `next_cursor` continues the list in another call. */
  pages(): AsyncIterable<OrdersPage>;
}

export function listOrders(send: Send, filter: OrderFilter, options: CallOptions): OrderList {
  async function* pages(): AsyncGenerator<OrdersPage, void> {
    let cursor = filter.cursor;
    do {
      const path = `/api/orders${queryOf({ ...filter, cursor })}`;
      const request = { method: 'GET', path, member: 'orders' } as const;
      const page: OrdersPage = await send<OrdersPage>(request, options);
      cursor = page.next_cursor ?? undefined;
      yield page;
    } while (cursor !== undefined);
  }
  async function* orders(): AsyncGenerator<Order, void> {
    for await (const page of pages()) {
      yield* page.orders;
    }
  }
  return { pages, [Symbol.asyncIterator]: orders };
}

/** Returns the query with its question mark. Leaves out what is undefined. */
export function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      query.set(name, `${value}`);
    }
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
