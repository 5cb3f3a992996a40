/**
 * The states of a stored order. The response to a POST has PENDING instead: the order is accepted but not stored yet.
 */
export const orderStatuses = ['PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

export const endStatuses: ReadonlySet<OrderStatus> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

/** The content of an order. It never changes after the order is created. */
export interface OrderContent {
  readonly orderId: string;
  readonly customerId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly priceCents: number;
  readonly totalCents: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** A stored order. `version` starts at 1 and increases by one with each change of state. */
export interface StoredOrder extends OrderContent {
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  readonly version: number;
  readonly updatedAt: number;
}

/** The filter of a list of orders. An absent field does not filter. */
export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customerId?: string | undefined;
  readonly productId?: string | undefined;
  /** Milliseconds since the epoch, inclusive. */
  readonly createdFrom?: number | undefined;
  /** Milliseconds since the epoch, exclusive. */
  readonly createdTo?: number | undefined;
}

/** A position in a list of orders, newest first by (created_at, order_id). Neither column ever changes. */
export interface ListPosition {
  readonly createdAt: number;
  readonly orderId: string;
}

export interface OrdersPage {
  readonly orders: readonly StoredOrder[];
  /** The start of the next page; `undefined` on the last page. */
  readonly next: ListPosition | undefined;
}
