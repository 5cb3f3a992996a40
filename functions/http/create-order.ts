import { systemClock } from '../../lib/clock.ts';
import { producer } from '../../lib/connections.ts';
import { endpoint, json } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { jsonBody } from '../../lib/http/json-body-middleware.ts';
import { validate } from '../../lib/http/validate.ts';
import { publishOrder } from '../../lib/kafka/publish-order.ts';
import { acceptOrder } from '../../lib/orders/accept-order.ts';
import { orderRequestSchema } from '../../lib/orders/order-request.ts';

const schema = orderRequestSchema(systemClock);

/** `POST /api/orders`: 202 once Kafka has acknowledged the order. */
export const handler: HttpHandler = endpoint(
  async ({ body }) => {
    const accepted = acceptOrder(validate(schema, body, 'The order'), systemClock);
    await publishOrder(producer(), accepted);
    const { order_id, status, total_amount, created_at } = accepted.order;
    const self = `/api/orders/${order_id}`;
    return json(202, { order_id, status, total_amount, created_at, links: { self } }, { location: self });
  },
  [jsonBody({ maxBytes: 32_768 })],
);
