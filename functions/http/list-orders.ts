import { assertListAllowed, restrictListQuery } from '../../lib/auth/customer-binding.ts';
import { encodeCursor } from '../../lib/http/cursor.ts';
import { json } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { listOrdersQuerySchema } from '../../lib/http/list-orders-query.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { queryParameters } from '../../lib/http/request-parameters.ts';
import { validate } from '../../lib/http/validate.ts';
import { orderView } from '../../lib/orders/order-view.ts';
import type { OrdersPageView } from '../../lib/orders/order-view-schema.ts';
import { selectOrdersPage } from '../../lib/orders/sql/select-orders.ts';
import { database } from '../../lib/runtime/connections.ts';

/** `GET /api/orders?limit=&cursor=&status=&customer_id=&product_id=&created_from=&created_to=` */
export const handler: HttpHandler = protectedEndpoint('orders:read', async (request, principal) => {
  const parameters = restrictListQuery(principal, queryParameters(request));
  const query = validate(listOrdersQuerySchema, parameters, 'The query');
  assertListAllowed(principal, query.filter);
  const { orders, next } = await selectOrdersPage(database(), query.filter, query.after, query.limit);
  const page: OrdersPageView = {
    orders: orders.map((order) => orderView(order)),
    next_cursor: next === undefined ? null : encodeCursor(next, query.filter),
  };
  return json(200, page);
});
