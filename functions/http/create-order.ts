import { assertCreateAllowed } from '../../lib/auth/customer-binding.ts';
import { orderResponse } from '../../lib/http/command-responses.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { jsonBody } from '../../lib/http/middleware/request-body.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { validate } from '../../lib/http/validate.ts';
import { acceptCommands, acceptedLogFields } from '../../lib/idempotency/accept-commands.ts';
import { acceptOrder } from '../../lib/orders/accepted-command.ts';
import { orderRequestSchema } from '../../lib/orders/order-request.ts';
import { database, producer } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';

const schema = orderRequestSchema(systemClock);

/** `POST /api/orders`: 202 once Kafka has acknowledged the order. */
export const handler: HttpHandler = protectedEndpoint(
  'orders:write',
  async (request, principal, addLogFields) => {
    const order = validate(schema, request.body, 'The order');
    assertCreateAllowed(principal, order);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { principal, operation: 'create-order', content: order },
      (ids) => [acceptOrder(order, 0, ids, systemClock)],
    );
    addLogFields(acceptedLogFields(accepted));
    return orderResponse(accepted);
  },
  { body: jsonBody() },
);
