import * as z from 'zod';
import { iso8601Ms, rfc3339, rfc3339Ms } from '../time/time-text.ts';
import { fromCents, MAX_PRICE_CENTS, TOTAL_CENTS_LIMIT } from './money.ts';

/**
 * Rules of single fields that requests and records share. `meta` states for the OpenAPI document and the JSON Schemas what
 * zod cannot derive from code. `x-rules` names each rule that JSON Schema cannot express.
 */

/** A rule that JSON Schema cannot express, under `x-rules` of a schema. */
export interface NamedRule {
  readonly id: string;
  readonly description: string;
}

/** Describes a wrong or missing type to the client. Other rules have messages of their own. */
export const typeError: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'invalid_type') {
    return undefined;
  }
  return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`;
};

export const MAX_QUANTITY = 1_000_000;

export const orderIdField = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ : - and start with a letter or digit',
  )
  .meta({ examples: ['order-1'] });

/**
 * Control characters (PostgreSQL cannot store NUL), lone surrogates (not UTF-8), and the replacement character,
 * which stands for bytes that were not UTF-8. The pattern in the document uses only what the regular expressions of most
 * languages have: neither `\p` nor surrogates, which are a rule of their own.
 */
const UNSTORABLE = String.raw`\u0000-\u001f\u007f-\u009f\ufffd`;
const unstorable = new RegExp(String.raw`[${UNSTORABLE}\ud800-\udfff]`, 'u');
const trimmedAndStorable = String.raw`^[^\s\ufeff${UNSTORABLE}](?:[^${UNSTORABLE}]*[^\s\ufeff${UNSTORABLE}])?$`;

/** An identifier from another system: trimmed, then 1–64 characters (code points). */
export const foreignIdField = z
  .string()
  .trim()
  .superRefine((value, context) => {
    const error = foreignIdError(value);
    if (error !== undefined) {
      context.addIssue({ code: 'custom', message: error });
    }
  })
  .meta({
    minLength: 1,
    maxLength: 64,
    pattern: trimmedAndStorable,
    'x-rules': [
      { id: 'trimmed', description: 'White space around the value is removed before it is checked.' },
      { id: 'well_formed', description: 'The value has no unpaired surrogate, such as "\\ud800" in JSON.' },
    ] satisfies NamedRule[],
  });

function foreignIdError(value: string): string | undefined {
  if (value === '') {
    return 'must not be empty or blank';
  }
  if (unstorable.test(value)) {
    return 'must not contain control characters, unpaired surrogates or broken UTF-8';
  }
  // Counting code points is slow, and nearly every id is short.
  return value.length > 64 && [...value].length > 64 ? 'must have at most 64 characters' : undefined;
}

export const quantityField = z
  .number()
  .int({ error: `must be a whole number up to ${MAX_QUANTITY}`, abort: true })
  .min(1, { error: 'must be at least 1', abort: true })
  .max(MAX_QUANTITY, { error: `must be at most ${MAX_QUANTITY}`, abort: true });

/** A price, transformed to cents. `readCents` decides which decimals are accepted: requests and records differ. */
export function priceField(readCents: (amount: number) => number | undefined) {
  return z
    .number()
    .meta({ examples: [19.99] })
    .gt(0, { error: 'must be greater than 0', abort: true })
    .max(fromCents(MAX_PRICE_CENTS), { error: `must be at most ${fromCents(MAX_PRICE_CENTS)}`, abort: true })
    .transform((amount, context) => {
      const cents = readCents(amount);
      if (!cents) {
        context.addIssue({ code: 'custom', message: 'must have at most 2 decimals' });
        return z.NEVER;
      }
      return cents;
    })
    .meta({
      // `multipleOf: 0.01` would say it, but validators that compute with binary floats reject 19.99 by it.
      'x-rules': [
        { id: 'two_decimals', description: 'The value has at most two decimals.' },
      ] satisfies NamedRule[],
    });
}

/** From 1970, the start of Kafka's timestamps, to the last four-digit year of RFC 3339. */
export const EARLIEST_TIME_MS = 0;
export const LATEST_TIME_MS = Date.parse('9999-12-31T23:59:59.999Z');

export const isStorableTime = (timeMs: number): boolean =>
  timeMs >= EARLIEST_TIME_MS && timeMs <= LATEST_TIME_MS;

/** Reads a time with `readMs` and reports an invalid one. */
const timeReader =
  (readMs: (text: string) => number, error: string) =>
  (text: string, context: z.RefinementCtx): number => {
    const ms = readMs(text);
    if (!isStorableTime(ms)) {
      const message = Number.isNaN(ms) ? error : 'must be between 1970 and 9999';
      context.addIssue({ code: 'custom', message, continue: false });
    }
    return ms;
  };

export const timeRules: readonly NamedRule[] = [
  { id: 'storable_time', description: 'The time is between 1970 and 9999 in UTC.' },
  { id: 'leap_second', description: 'Second 60 is valid only at the end of a month in UTC.' },
];

/**
 * A time in a request. It stays text, because the fingerprint of an Idempotency-Key contains it. The hint extends
 * the error.
 */
export function rfc3339Field(hint = '') {
  const error = `must be an RFC 3339 time with offset, like 2026-11-01T10:00:00Z${hint}`;
  const read = timeReader(rfc3339Ms, error);
  return z
    .string({ error })
    .superRefine((text, context) => void read(text, context))
    .meta({ format: 'date-time', pattern: rfc3339.source, 'x-rules': timeRules });
}

/** A time in a record, in the forms that `iso8601Ms` reads, transformed to milliseconds. */
export const iso8601Field = z
  .string()
  .transform(
    timeReader(
      iso8601Ms,
      'must be a calendar date with a time of day in the extended format of ISO 8601, like 2026-11-01T10:00:00Z',
    ),
  );

/** For an object with quantity and price in cents. The total is always computed, never read. */
export const totalRule = {
  path: ['quantity'],
  error: `quantity × price must be below ${fromCents(TOTAL_CENTS_LIMIT)}`,
};

export const storableTotal: NamedRule = {
  id: 'storable_total',
  description: `quantity × price is below ${fromCents(TOTAL_CENTS_LIMIT)}.`,
};

export const hasStorableTotal = (order: { quantity: number; price: number }): boolean =>
  order.quantity * order.price < TOTAL_CENTS_LIMIT;
