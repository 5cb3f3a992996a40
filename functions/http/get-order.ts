import { selectPendingFulfilment } from '../../lib/fulfilment/sql/fulfilment-attempts.ts';
import { json } from '../../lib/http/endpoint.ts';
import { getOrderQuerySchema } from '../../lib/http/get-order-query.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { orderIdInPath, queryParameters } from '../../lib/http/request-parameters.ts';
import { validate } from '../../lib/http/validate.ts';
import { endStatuses } from '../../lib/orders/order.ts';
import { orderNotFound, orderView } from '../../lib/orders/order-view.ts';
import { selectOrder } from '../../lib/orders/sql/select-orders.ts';
import { database } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';
import { awaitOrder } from '../../lib/waiting/await-order.ts';
import { waitSlots } from '../../lib/waiting/wait-slots.ts';

/** `GET /api/orders/{order_id}?wait=S` */
export const handler: HttpHandler = protectedEndpoint('orders:read', async (request, principal) => {
  const orderId = orderIdInPath(request);
  const { wait } = validate(getOrderQuerySchema, queryParameters(request), 'The query');
  const order = await awaitOrder(
    () => selectOrder(database(), orderId, principal.customerId),
    ({ status }) => endStatuses.has(status),
    wait * 1_000,
    systemClock,
    waitSlots(database(), principal, wait * 1_000),
  );
  if (order === undefined) {
    throw orderNotFound(orderId);
  }
  const waiting =
    order.status === 'PROCESSING' ? await selectPendingFulfilment(database(), orderId) : undefined;
  return json(200, orderView(order, waiting));
});
