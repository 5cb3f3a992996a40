import type { BulkAccepted, CancelAccepted, PendingOrder } from '../../lib/http/command-response-schemas.ts';
import type { OrderRequestBody } from '../../lib/orders/order-request.ts';
import type { OrderHistoryView, OrdersPageView, OrderView } from '../../lib/orders/order-view-schema.ts';

/** Examples of orders. Their types are those of the schemas; a test validates each example against the document. */

export const minimalOrder: OrderRequestBody = {
  customer_id: 'customer-1',
  product_id: 'product-1',
  quantity: 2,
  price: 19.99,
};

export const completeOrder: OrderRequestBody = {
  ...minimalOrder,
  order_id: 'order-1',
  total_amount: 39.98,
  status: 'PENDING',
  created_at: '2026-11-01T12:00:00+02:00',
};

export const pendingOrder: PendingOrder = {
  order_id: 'order-1',
  status: 'PENDING',
  total_amount: 39.98,
  created_at: '2026-11-01T10:00:00.000Z',
  links: { self: '/api/orders/order-1' },
};

export const bulkAccepted: BulkAccepted = {
  accepted: 1,
  failed: 0,
  results: [{ index: 0, ...pendingOrder }],
};

export const bulkPartlyAccepted: BulkAccepted = {
  accepted: 1,
  failed: 1,
  results: [
    { index: 0, ...pendingOrder },
    {
      index: 1,
      order_id: 'order-2',
      code: 'kafka_unavailable',
      detail:
        'Kafka did not acknowledge it in time. It may be stored or not. It is safe to send it again with this order_id, or with the same Idempotency-Key.',
    },
  ],
};

export const cancelAccepted: CancelAccepted = {
  order_id: 'order-1',
  event_id: '019a3e5c-7b1d-7e94-a6c8-2d90b47f1e63',
  links: { self: '/api/orders/order-1', history: '/api/orders/order-1/history' },
};

export const completedOrder: OrderView = {
  order_id: 'order-1',
  customer_id: 'customer-1',
  product_id: 'product-1',
  quantity: 2,
  price: 19.99,
  total_amount: 39.98,
  status: 'COMPLETED',
  status_reason: null,
  version: 1,
  created_at: '2026-11-01T10:00:00.000Z',
  updated_at: '2026-11-01T10:00:00.120Z',
};

export const waitingOrder: OrderView = {
  ...completedOrder,
  status: 'PROCESSING',
  attempts: 2,
  next_attempt_at: '2026-11-01T10:01:30.000Z',
};

export const ordersPage: OrdersPageView = { orders: [completedOrder], next_cursor: null };

export const orderHistory: OrderHistoryView = {
  order_id: 'order-1',
  history: [
    {
      event_id: '019a3e5c-1c2d-7b3a-8d4e-5f6a7b8c9d0e',
      event_type: 'order.created',
      version: 1,
      status: 'COMPLETED',
      status_reason: null,
      at: '2026-11-01T10:00:00.120Z',
    },
    {
      event_id: cancelAccepted.event_id,
      event_type: 'order.cancel_requested',
      version: null,
      status: 'COMPLETED',
      status_reason: 'too late to cancel: the order is COMPLETED',
      at: '2026-11-01T10:05:00.000Z',
    },
  ],
  truncated: false,
};
