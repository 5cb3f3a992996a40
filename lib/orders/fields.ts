import * as z from 'zod';
import { MAX_PRICE_CENTS } from './money.ts';

/** Rules of single fields that requests and records share. */

export const MAX_QUANTITY = 1_000_000;

export const orderIdField = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ : - and start with a letter or digit',
  );

/** Control characters (NUL among them, which PostgreSQL cannot store) and lone surrogates (not UTF-8). */
const unstorable = /[\p{Cc}\p{Cs}]/u;

/** An identifier given by another system: trimmed, then 1–64 characters (code points). */
export const foreignIdField = z
  .string()
  .trim()
  .superRefine((value, context) => {
    const problem = foreignIdProblem(value);
    if (problem !== undefined) {
      context.addIssue({ code: 'custom', message: problem });
    }
  })
  .meta({ minLength: 1, maxLength: 64 });

function foreignIdProblem(value: string): string | undefined {
  if (value === '') {
    return 'must not be empty or blank';
  }
  if (unstorable.test(value)) {
    return 'must not contain control characters or unpaired surrogates';
  }
  return [...value].length > 64 ? 'must have at most 64 characters' : undefined;
}

export const quantityField = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(MAX_QUANTITY, `must be at most ${MAX_QUANTITY}`);

/** Above zero and up to the limit; how many decimals are allowed is for the reader of the field to say. */
export const priceField = z
  .number()
  .gt(0, { error: 'must be greater than 0', abort: true })
  .max(MAX_PRICE_CENTS / 100, { error: `must be at most ${MAX_PRICE_CENTS / 100}`, abort: true });

/** Times before 1970 are mistakes, and a Kafka timestamp cannot express them. */
export const EARLIEST_CREATED_AT = 0;
