import * as z from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { database } from '../../lib/connections.ts';
import { OrderlyError } from '../../lib/errors.ts';
import { endpoint, json } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { validate } from '../../lib/http/validate.ts';
import { awaitOrder } from '../../lib/orders/await-order.ts';
import { orderIdField } from '../../lib/orders/fields.ts';
import { orderView } from '../../lib/orders/order-view.ts';
import { selectOrder } from '../../lib/store/sql/select-order.ts';

const pathSchema = z.object({ order_id: orderIdField });

const querySchema = z.strictObject({
  wait: z
    .string()
    .regex(/^(1?\d|20)$/, 'must be a whole number of seconds from 0 to 20')
    .default('0')
    .transform(Number),
});

/** `GET /api/orders/{order_id}?wait=S` */
export const handler: HttpHandler = endpoint(async ({ pathParameters, queryStringParameters }) => {
  const { order_id } = validate(pathSchema, pathParameters, 'The path');
  const { wait } = validate(querySchema, queryStringParameters ?? {}, 'The query');
  const order = await awaitOrder(() => selectOrder(database(), order_id), wait * 1_000, systemClock);
  if (order === undefined) {
    throw new OrderlyError(
      'order_not_found',
      'No order with this id is stored. One that was just accepted may be on its way: add ?wait=5.',
      {
        details: { order_id },
      },
    );
  }
  return json(200, orderView(order));
});
