import type { OrderStatus, StoredOrder } from './order.ts';

/** Which orders a list is of; what is left out does not narrow it. */
export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
  readonly productId?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly createdFrom?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly createdTo?: number | undefined;
}

/** A place in a list, which is sorted newest first by (created_at, order_id): neither ever changes. */
export interface ListPosition {
  readonly createdAt: number;
  readonly orderId: string;
}

export interface OrdersPage {
  readonly orders: readonly StoredOrder[];
  /** Where the next page goes on; `undefined` on the last one. */
  readonly next: ListPosition | undefined;
}
