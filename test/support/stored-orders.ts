import type { StoredOrder } from '../../lib/orders/order.ts';

/** Returns a stored order. A test sets the fields that it checks. */
export function aStoredOrder(parts: Partial<StoredOrder> = {}): StoredOrder {
  const createdAt = parts.createdAt ?? Date.parse('2026-11-01T10:00:00Z');
  return {
    orderId: 'order-1',
    customerId: 'customer-1',
    productId: 'product-1',
    quantity: 1,
    priceCents: 1_000,
    totalCents: 1_000,
    createdAt,
    status: 'COMPLETED',
    statusReason: null,
    version: 1,
    updatedAt: createdAt,
    ...parts,
  };
}
