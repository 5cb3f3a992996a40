import { systemClock } from '../../lib/clock.ts';
import { database, producer } from '../../lib/connections.ts';
import { acceptCommands, acceptedFacts } from '../../lib/http/accept-commands.ts';
import { endpoint } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { jsonBody } from '../../lib/http/json-body-middleware.ts';
import { validate } from '../../lib/http/validate.ts';
import { bulkAnswer } from '../../lib/http/write-answers.ts';
import { acceptOrder } from '../../lib/orders/accept-order.ts';
import { bulkRequestSchema } from '../../lib/orders/bulk-request.ts';

const schema = bulkRequestSchema(systemClock);

/** `POST /api/orders/bulk`: 202 once Kafka has acknowledged every order, 207 if only some by its deadline. */
export const handler: HttpHandler = endpoint(
  async (request, note) => {
    const orders = validate(schema, request.body, 'The list of orders');
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { operation: 'create-orders-bulk', content: orders },
      (identities) => orders.map((order, index) => acceptOrder(order, index, identities, systemClock)),
    );
    note(acceptedFacts(accepted));
    return bulkAnswer(accepted);
  },
  [jsonBody({ maxBytes: 2_097_152 })],
);
