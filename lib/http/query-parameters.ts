import { OrderlyError } from '../errors/orderly-error.ts';
import type { HttpRequest } from './http-function.ts';

/**
 * The query's parameters. API Gateway joins the values of a name that is given twice with a comma, which would
 * be taken for one value with a comma in it.
 * @throws OrderlyError `validation_failed` for such a name.
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
  return queryStringParameters ?? {}; // serverless-offline says null when there are none
}
