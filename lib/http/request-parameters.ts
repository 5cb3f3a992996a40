import * as z from 'zod';
import { OrderlyError } from '../errors/orderly-error.ts';
import { orderIdField } from '../orders/fields.ts';
import type { HttpRequest } from './http-function.ts';
import { validate } from './validate.ts';

/** The path of every route for one order. */
export const orderPathSchema = z.object({
  order_id: orderIdField.meta({ description: 'The id of the order.' }),
});

/**
 * Returns the `{order_id}` of the path.
 * @throws OrderlyError `validation_failed` for an id that no order can have.
 */
export function orderIdInPath({ pathParameters }: HttpRequest): string {
  return validate(orderPathSchema, pathParameters ?? {}, 'The path').order_id;
}

/**
 * Returns the query parameters. Rejects a repeated name: API Gateway joins its values with a comma, which would look like
 * one value that contains a comma.
 * @throws OrderlyError `validation_failed`
 */
export function queryParameters({
  queryStringParameters,
  rawQueryString,
}: HttpRequest): Readonly<Record<string, string | undefined>> {
  const names = [...new URLSearchParams(rawQueryString).keys()];
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  if (repeated.size > 0) {
    const errors = [...repeated].map((path) => ({ path, message: 'must not be given twice' }));
    throw new OrderlyError('validation_failed', 'The query is not valid; see errors.', {
      details: { errors },
    });
  }
  return queryStringParameters ?? {}; // serverless-offline passes null if there are none
}
