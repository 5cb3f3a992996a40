import { assertBulkCreateAllowed } from '../../lib/auth/customer-binding.ts';
import { bulkResponse } from '../../lib/http/command-responses.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { jsonBody } from '../../lib/http/middleware/request-body.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { validate } from '../../lib/http/validate.ts';
import { acceptCommands, acceptedLogFields } from '../../lib/idempotency/accept-commands.ts';
import { acceptOrder } from '../../lib/orders/accepted-command.ts';
import { bulkRequestSchema, countOrders } from '../../lib/orders/bulk-request.ts';
import { database, producer } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';

const schema = bulkRequestSchema(systemClock);

/** `POST /api/orders/bulk`: 202 once Kafka has acknowledged every order, 207 if only some before the deadline. */
export const handler: HttpHandler = protectedEndpoint(
  'orders:write',
  async (request, principal, addLogFields) => {
    const orders = validate(schema, request.body, 'The list of orders');
    assertBulkCreateAllowed(principal, orders);
    const accepted = await acceptCommands(
      { producer: producer(), database: database() },
      request,
      { principal, operation: 'create-orders-bulk', content: orders },
      (ids) => orders.map((order, index) => acceptOrder(order, index, ids, systemClock)),
    );
    addLogFields(acceptedLogFields(accepted));
    return bulkResponse(accepted);
  },
  { body: jsonBody(), maxBodyBytes: 2_097_152, countOrders },
);
