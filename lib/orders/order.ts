/** The states of an order. PENDING is only ever said in the answer to a POST: accepted, not yet stored. */
export const orderStatuses = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;

export type OrderStatus = (typeof orderStatuses)[number];

export const endStatuses: ReadonlySet<OrderStatus> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);

/** What was ordered: set once by the command that created the order, never changed after. */
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

/** An order as it is stored. `version` rises by one with each change of state, from 1. */
export interface StoredOrder extends OrderContent {
  readonly status: OrderStatus;
  readonly statusReason: string | null;
  readonly version: number;
  readonly updatedAt: number;
}

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
