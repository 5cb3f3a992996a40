import { assertOwnOrder } from '../../lib/http/assert-own-order.ts';
import { cancelResponse } from '../../lib/http/command-responses.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { noBody } from '../../lib/http/middleware/request-body.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { orderIdInPath } from '../../lib/http/request-parameters.ts';
import { acceptCommands, acceptedLogFields } from '../../lib/idempotency/accept-commands.ts';
import { cancelOrder } from '../../lib/orders/accepted-command.ts';
import { database, producer } from '../../lib/runtime/connections.ts';

/** `POST /api/orders/{order_id}/cancel`: 202 once Kafka has acknowledged the request. */
export const handler: HttpHandler = protectedEndpoint(
  'orders:write',
  async (request, principal, addLogFields) => {
    const orderId = orderIdInPath(request);
    await assertOwnOrder(database(), principal, orderId);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { principal, operation: 'cancel-order', content: { orderId, customerId: principal.customerId } },
      (ids) => [cancelOrder(orderId, principal.customerId, ids)],
    );
    addLogFields(acceptedLogFields(accepted));
    return cancelResponse(accepted);
  },
  { body: noBody() },
);
