import { toCents } from '../../lib/orders/money.ts';
import type { StoredOrder } from '../../lib/orders/order.ts';
import type { LoadOrder } from './load-orders.ts';

/** A stored order with the number of its history entries. */
export interface StoredLoadOrder extends StoredOrder {
  readonly historyEntries: number;
}

export interface Evidence {
  readonly sent: readonly LoadOrder[];
  /** Ids of orders that were answered with 202. */
  readonly acknowledged: ReadonlySet<string>;
  readonly stored: readonly StoredLoadOrder[];
  /** The keys of the run's dead letters. */
  readonly deadLetters: readonly string[];
  /** The number of orders without acknowledgement. They may be stored or not; both are correct. */
  readonly errors: number;
}

export interface WrongOrder {
  readonly order_id: string;
  /** Like `quantity is 3 instead of 4`. */
  readonly faults: readonly string[];
}

export interface Verdict {
  /** Every order was acknowledged and is stored once, as sent, COMPLETED and without a dead letter. */
  readonly ok: boolean;
  readonly errors: number;
  /** Acknowledged and not stored. */
  readonly missing: readonly string[];
  readonly wrong: readonly WrongOrder[];
  readonly dead_letters: readonly string[];
  /** The reason why the stored orders could not be read; the three lists are empty then. */
  readonly not_compared: string | null;
}

export function judge({ sent, acknowledged, stored, deadLetters, errors }: Evidence): Verdict {
  const storedIds = new Set(stored.map(({ orderId }) => orderId));
  const missing = [...acknowledged].filter((orderId) => !storedIds.has(orderId));
  const sentById = new Map(sent.map((order) => [order.order_id, order]));
  const wrong = stored
    .map((row) => ({ order_id: row.orderId, faults: faultsOf(row, sentById.get(row.orderId)) }))
    .filter(({ faults }) => faults.length > 0);
  const faults = errors + missing.length + wrong.length + deadLetters.length;
  return { ok: faults === 0, errors, missing, wrong, dead_letters: deadLetters, not_compared: null };
}

/** Returns the verdict if the stored orders cannot be read. */
export function notCompared(errors: number, reason: string): Verdict {
  return { ok: false, errors, missing: [], wrong: [], dead_letters: [], not_compared: reason };
}

function faultsOf(row: StoredLoadOrder, order: LoadOrder | undefined): string[] {
  if (order === undefined) {
    return ['was never sent'];
  }
  return Object.entries(asItMustBe(order))
    .filter(([field, expected]) => Reflect.get(row, field) !== expected)
    .map(([field, expected]) => `${field} is ${Reflect.get(row, field)} instead of ${expected}`);
}

/** Returns the expected stored order, without `updatedAt`, which is not known in advance. */
function asItMustBe(order: LoadOrder): Omit<StoredLoadOrder, 'updatedAt'> {
  const priceCents = toCents(order.price) ?? Number.NaN;
  return {
    orderId: order.order_id,
    customerId: order.customer_id,
    productId: order.product_id,
    quantity: order.quantity,
    priceCents,
    totalCents: priceCents * order.quantity,
    createdAt: Date.parse(order.created_at),
    status: 'COMPLETED',
    statusReason: null,
    version: 1,
    historyEntries: 1,
  };
}
