/** The API's JSON. A type-level test compares these types with the schemas of the server. */

/** The status of a stored order. */
export type OrderStatus = 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** An order to create. */
export interface NewOrder {
  /** Default: chosen by the server. A token that is bound to one customer must omit it. */
  readonly order_id?: string | undefined;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  /** Greater than 0, with at most two decimals. */
  readonly price: number;
  /** Computed by the server. If it is given, it must equal quantity × price. */
  readonly total_amount?: number | undefined;
  readonly status?: 'PENDING' | undefined;
  /** RFC 3339 with offset. Default: now. */
  readonly created_at?: string | undefined;
}

/** The answer to a create: Kafka has acknowledged the order, and it will be processed. */
export interface AcceptedOrder {
  readonly order_id: string;
  readonly status: 'PENDING';
  readonly total_amount: number;
  readonly created_at: string;
  readonly links: { readonly self: string };
}

/** The answer to a bulk create, with one result per order. */
export interface BulkAnswer {
  readonly accepted: number;
  readonly failed: number;
  readonly results: readonly BulkResult[];
}

export type BulkResult = (AcceptedOrder & { readonly index: number }) | UnacknowledgedOrder;

/** `kafka_unavailable`: the order may be stored or not. `internal_error`: it was not stored. */
interface UnacknowledgedOrder {
  readonly index: number;
  readonly order_id: string;
  readonly code: 'kafka_unavailable' | 'internal_error';
  readonly detail: string;
}

/** A stored order. */
export interface Order {
  readonly order_id: string;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly price: number;
  readonly total_amount: number;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  /** Starts at 1 and increases by one with each change of the status. */
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  /** Calls of the fulfilment so far. Present only while the order waits for its fulfilment. */
  readonly attempts?: number | undefined;
  /** The time of the next call. Present together with `attempts`. */
  readonly next_attempt_at?: string | undefined;
}

/** A filter of a list. All times are RFC 3339 with offset. */
export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly customer_id?: string | undefined;
  readonly product_id?: string | undefined;
  /** Inclusive. */
  readonly created_from?: string | undefined;
  /** Exclusive. */
  readonly created_to?: string | undefined;
  /** Orders per page, 1 to 200. Default: 50. */
  readonly limit?: number | undefined;
  /** The `next_cursor` of a page with the same filter. Default: the newest order. */
  readonly cursor?: string | undefined;
}

/** One page of a list, newest order first. */
export interface OrdersPage {
  readonly orders: readonly Order[];
  /** `null` on the last page. */
  readonly next_cursor: string | null;
}

export interface OrderHistory {
  readonly order_id: string;
  /** Oldest first. */
  readonly history: readonly HistoryEntry[];
  /** True if the order has more entries than an answer may have. */
  readonly truncated: boolean;
}

export interface HistoryEntry {
  readonly event_id: string;
  readonly event_type: string;
  /** `null` for a command that was rejected: it changed nothing. */
  readonly version: number | null;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: string;
}

/** The answer to a cancel. The order's history contains the outcome, under `event_id`. */
export interface AcceptedCancel {
  readonly order_id: string;
  readonly event_id: string;
  readonly links: { readonly self: string; readonly history: string };
}

export interface Health {
  /** `degraded`: every dependency is up, but a consumer makes no progress. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly dependencies: Readonly<Record<string, { readonly state: 'up' | 'down'; readonly ms: number }>>;
  readonly stalled_consumers?: readonly StalledConsumer[] | undefined;
  readonly version: string;
}

export interface StalledConsumer {
  readonly consumer: string;
  readonly group: string;
  readonly topic: string;
  readonly partition?: number | undefined;
  readonly offset?: number | undefined;
  readonly records_waiting?: number | undefined;
  readonly stalled_seconds: number;
  readonly reason: string;
}

/** The same rule as the server's. Other ids would change the path of a request: `..` names another resource. */
export const orderIdPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** The final states. Only a FAILED order changes again, if the operator retries it. */
export const endStatuses: ReadonlySet<OrderStatus> = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);
