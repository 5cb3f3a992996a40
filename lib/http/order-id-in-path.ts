import * as z from 'zod';
import { orderIdField } from '../orders/fields.ts';
import type { HttpRequest } from './http-function.ts';
import { validate } from './validate.ts';

const pathSchema = z.object({ order_id: orderIdField });

/**
 * The `{order_id}` of a route's path.
 * @throws OrderlyError `validation_failed` when no order can have this id.
 */
export function orderIdInPath({ pathParameters }: HttpRequest): string {
  return validate(pathSchema, pathParameters ?? {}, 'The path').order_id;
}
