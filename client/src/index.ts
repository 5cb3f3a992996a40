/// <reference lib="esnext.disposable" preserve="true" />

export { createClient, type OrderlyClient } from './client.ts';
export type { OrderResult } from './create-many.ts';
export { type ErrorCode, type FieldError, OrderlyError, type ProblemCode } from './errors.ts';
export type { OrderList } from './list.ts';
export type * from './options.ts';
export type {
  AcceptedCancel,
  AcceptedOrder,
  Health,
  HistoryEntry,
  NewOrder,
  Order,
  OrderFilter,
  OrderHistory,
  OrderStatus,
  OrdersPage,
  StalledConsumer,
} from './orders.ts';
