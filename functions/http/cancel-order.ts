import { database, producer } from '../../lib/connections.ts';
import { acceptCommands, acceptedFacts } from '../../lib/http/accept-commands.ts';
import { endpoint } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { noBody } from '../../lib/http/no-body-middleware.ts';
import { orderIdInPath } from '../../lib/http/order-id-in-path.ts';
import { cancelAnswer } from '../../lib/http/write-answers.ts';
import { cancelOrder } from '../../lib/orders/cancel-order.ts';

/** `POST /api/orders/{order_id}/cancel`: 202 once Kafka has acknowledged the request. */
export const handler: HttpHandler = endpoint(
  async (request, note) => {
    const orderId = orderIdInPath(request);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { operation: 'cancel-order', content: orderId },
      (identities) => [cancelOrder(orderId, identities)],
    );
    note(acceptedFacts(accepted));
    return cancelAnswer(accepted);
  },
  [noBody()],
);
