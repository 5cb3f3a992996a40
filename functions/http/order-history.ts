import * as z from 'zod';
import { json } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { orderIdInPath, queryParameters } from '../../lib/http/request-parameters.ts';
import { validate } from '../../lib/http/validate.ts';
import { historyView, orderNotFound } from '../../lib/orders/order-view.ts';
import type { OrderHistoryView } from '../../lib/orders/order-view-schema.ts';
import { selectHistory } from '../../lib/orders/sql/order-history.ts';
import { database } from '../../lib/runtime/connections.ts';

const querySchema = z.strictObject({});

/** Each rejected cancel adds an entry, and Lambda limits a response to 6 MB. */
const MAX_ENTRIES = 1_000;

/** `GET /api/orders/{order_id}/history` */
export const handler: HttpHandler = protectedEndpoint('orders:read', async (request, principal) => {
  const orderId = orderIdInPath(request);
  validate(querySchema, queryParameters(request), 'The query');
  const history = await selectHistory(database(), orderId, MAX_ENTRIES + 1, principal.customerId);
  if (history.length === 0) {
    throw orderNotFound(orderId);
  }
  const body: OrderHistoryView = {
    order_id: orderId,
    history: history.slice(0, MAX_ENTRIES).map(historyView),
    truncated: history.length > MAX_ENTRIES,
  };
  return json(200, body);
});
