import type { OrderStatus, StoredOrder } from '../../orders/order.ts';
import type { Queryable } from '../../postgres/database.ts';

/** As rows in the order of each outbox row, whose ids and versions it takes apart. */
const statement = `
  SELECT outbox.id, history.order_id, orders.customer_id, history.version, history.status, history.status_reason, history.at
  FROM outbox
  CROSS JOIN LATERAL unnest(outbox.order_ids, outbox.versions) WITH ORDINALITY AS reached (order_id, version, place)
  JOIN order_status_history AS history ON history.order_id = reached.order_id AND history.version = reached.version
  JOIN orders ON orders.order_id = history.order_id
  WHERE outbox.id = ANY ($1::bigint[]) AND outbox.kind = 'order_status'
  ORDER BY outbox.id, reached.place`;

interface ReachedRow {
  readonly id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly status_reason: string | null;
  readonly at: Date;
}

/** An order as it was at the version that a row of the outbox tells of. */
export interface ReachedOrder
  extends Pick<StoredOrder, 'orderId' | 'customerId' | 'version' | 'status' | 'statusReason' | 'updatedAt'> {
  readonly outboxId: string;
}

/** The states that these rows of the outbox tell of, rebuilt from the history; what is gone from there is left out. */
export async function selectOutboxOrders(db: Queryable, ids: readonly string[]): Promise<ReachedOrder[]> {
  const { rows } = await db.query<ReachedRow>(statement, [ids]);
  return rows.map((row) => ({
    outboxId: row.id,
    orderId: row.order_id,
    customerId: row.customer_id,
    version: row.version,
    status: row.status,
    statusReason: row.status_reason,
    updatedAt: row.at.getTime(),
  }));
}
