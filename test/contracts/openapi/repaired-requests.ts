import * as z from 'zod';
import type { Json, JsonObject } from '../../../contracts/evolution/json-schema.ts';

/** Change generated requests so that they break no named rule. They leave values that break the JSON Schema alone. */

const priced = z.object({ quantity: z.int().min(1).max(1_000_000), price: z.number().gt(0).max(1e8) });

export function repairedOrder(value: Json): Json {
  const { data } = priced.safeParse(value);
  if (!isObject(value) || data === undefined) {
    return value;
  }
  const cents = Math.max(1, Math.round(data.price * 100));
  const quantity = cents * data.quantity < 1e15 ? data.quantity : 1;
  return {
    ...value,
    quantity,
    price: cents / 100,
    ...(typeof value.total_amount === 'number' && { total_amount: (cents * quantity) / 100 }),
    ...(typeof value.created_at === 'string' && { created_at: inYear(2024, value.created_at) }),
  };
}

export const repairedBulk = (value: Json): Json => (Array.isArray(value) ? value.map(repairedOrder) : value);

export function repairedQuery(value: Json): Json {
  if (!isObject(value)) {
    return value;
  }
  const { cursor, ...query } = value;
  return {
    ...query,
    ...(typeof query.created_from === 'string' && { created_from: inYear(2020, query.created_from) }),
    ...(typeof query.created_to === 'string' && { created_to: inYear(2024, query.created_to) }),
  };
}

/** The year must be a leap year, because the day may be the 29th of February. */
const inYear = (year: number, time: string): string => time.replace(/^\d{4}/, `${year}`);

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
