import { database, producer } from '../../lib/connections.ts';
import { acceptCommands, acceptedFacts } from '../../lib/http/accept-commands.ts';
import { assertOwnOrder } from '../../lib/http/assert-own-order.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { noBody } from '../../lib/http/no-body-middleware.ts';
import { orderIdInPath } from '../../lib/http/order-id-in-path.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { cancelAnswer } from '../../lib/http/write-answers.ts';
import { cancelOrder } from '../../lib/orders/cancel-order.ts';

/** `POST /api/orders/{order_id}/cancel`: 202 once Kafka has acknowledged the request. */
export const handler: HttpHandler = protectedEndpoint(
  'orders:write',
  async (request, principal, note) => {
    const orderId = orderIdInPath(request);
    await assertOwnOrder(database(), principal, orderId);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { principal, operation: 'cancel-order', content: { orderId, customerId: principal.customerId } },
      (identities) => [cancelOrder(orderId, principal.customerId, identities)],
    );
    note(acceptedFacts(accepted));
    return cancelAnswer(accepted);
  },
  { body: noBody() },
);
