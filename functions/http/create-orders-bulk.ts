import { assertMayCreateAll } from '../../lib/authentication/customer-binding.ts';
import { systemClock } from '../../lib/clock.ts';
import { database, producer } from '../../lib/connections.ts';
import { acceptCommands, acceptedFacts } from '../../lib/http/accept-commands.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { jsonBody } from '../../lib/http/json-body-middleware.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { validate } from '../../lib/http/validate.ts';
import { bulkAnswer } from '../../lib/http/write-answers.ts';
import { acceptOrder } from '../../lib/orders/accept-order.ts';
import { bulkRequestSchema } from '../../lib/orders/bulk-request.ts';

const schema = bulkRequestSchema(systemClock);

/** `POST /api/orders/bulk`: 202 once Kafka has acknowledged every order, 207 if only some by its deadline. */
export const handler: HttpHandler = protectedEndpoint(
  'orders:write',
  async (request, principal, note) => {
    const orders = validate(schema, request.body, 'The list of orders');
    assertMayCreateAll(principal, orders);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { principal, operation: 'create-orders-bulk', content: orders },
      (identities) => orders.map((order, index) => acceptOrder(order, index, identities, systemClock)),
    );
    note(acceptedFacts(accepted));
    return bulkAnswer(accepted);
  },
  { body: jsonBody(), maxBodyBytes: 2_097_152 },
);
