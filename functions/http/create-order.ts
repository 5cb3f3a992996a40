import { assertMayCreate } from '../../lib/authentication/customer-binding.ts';
import { systemClock } from '../../lib/clock.ts';
import { database, producer } from '../../lib/connections.ts';
import { acceptCommands, acceptedFacts } from '../../lib/http/accept-commands.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { jsonBody } from '../../lib/http/json-body-middleware.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { validate } from '../../lib/http/validate.ts';
import { orderAnswer } from '../../lib/http/write-answers.ts';
import { acceptOrder } from '../../lib/orders/accept-order.ts';
import { orderRequestSchema } from '../../lib/orders/order-request.ts';

const schema = orderRequestSchema(systemClock);

/** `POST /api/orders`: 202 once Kafka has acknowledged the order. */
export const handler: HttpHandler = protectedEndpoint(
  'orders:write',
  async (request, principal, note) => {
    const order = validate(schema, request.body, 'The order');
    assertMayCreate(principal, order);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { principal, operation: 'create-order', content: order },
      (identities) => [acceptOrder(order, 0, identities, systemClock)],
    );
    note(acceptedFacts(accepted));
    return orderAnswer(accepted);
  },
  { body: jsonBody() },
);
