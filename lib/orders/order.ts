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

/** The Order JSON on the topic `orders`; fields and names are the predecessor's. */
export interface OrderRecord {
  readonly order_id: string;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly price: number;
  readonly total_amount: number;
  readonly status: 'PENDING';
  readonly created_at: string;
}

/** The value of a cancel on the topic `orders`. */
export interface CancelRecord {
  readonly order_id: string;
  /** The customer on whose behalf it was asked; a cancel of another customer's order is ignored. */
  readonly customer_id?: string;
}

/** Asks on the topic `orders` to try the fulfilment of an order again that was given up, at exactly this version. */
export interface RetryRecord {
  readonly order_id: string;
  readonly expected_version: number;
}

/** The value on the topic `orders.status`. Events may repeat or come out of order: the highest version counts. */
export interface OrderStatusEvent {
  readonly order_id: string;
  readonly customer_id: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: string;
}

/** The Order JSON in answers. */
export interface OrderView extends Omit<OrderRecord, 'status'> {
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly version: number;
  readonly updated_at: string;
  /** Only while the order waits for its fulfilment: calls begun so far, and when the next one falls due. */
  readonly attempts?: number;
  readonly next_attempt_at?: string;
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
