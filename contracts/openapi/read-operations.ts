import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { getOrderQuerySchema } from '../../lib/http/get-order-query.ts';
import { listOrdersQuerySchema } from '../../lib/http/list-orders-query.ts';
import { orderPathSchema } from '../../lib/http/request-parameters.ts';
import { orderHistorySchema, ordersPageSchema, orderViewSchema } from '../../lib/orders/order-view-schema.ts';
import { completedOrder, orderHistory, ordersPage, waitingOrder } from './examples.ts';
import { answer, operation } from './operation.ts';

const tag = 'Orders';
const scope = 'orders:read';
const problems = ['validation_failed', 'database_unavailable'] as const;

export const getOrderOperation: ZodOpenApiOperationObject = operation({
  function: 'getOrder',
  tag,
  scope,
  summary: 'Read an order',
  description:
    'A new order is stored some time after it was accepted. With `wait`, the request waits until the order has a final status. Only a limited number of requests of one token wait at a time; the others are answered at once.',
  parameters: { path: orderPathSchema, query: getOrderQuerySchema },
  answers: {
    200: answer('The order.', orderViewSchema, { completed: completedOrder, waiting: waitingOrder }),
  },
  problems: [...problems, 'order_not_found'],
});

export const listOrdersOperation: ZodOpenApiOperationObject = operation({
  function: 'listOrders',
  tag,
  scope,
  summary: 'List orders',
  description:
    'Newest first, by pages. Orders that come in meanwhile do not shift the pages. A token that is bound to a customer lists the orders of that customer.',
  parameters: { query: listOrdersQuerySchema },
  answers: { 200: answer('A page of orders.', ordersPageSchema, { page: ordersPage }) },
  problems,
});

export const orderHistoryOperation: ZodOpenApiOperationObject = operation({
  function: 'orderHistory',
  tag,
  scope,
  summary: 'Read the history of an order',
  description: 'Every change of the order, and every command that its state rejected.',
  parameters: { path: orderPathSchema },
  answers: { 200: answer('The history.', orderHistorySchema, { history: orderHistory }) },
  problems: [...problems, 'order_not_found'],
});
