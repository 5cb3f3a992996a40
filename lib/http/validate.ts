import type * as z from 'zod';
import { OrderlyError } from '../errors/orderly-error.ts';
import { typeError } from '../orders/fields.ts';

/** Lambda limits a response to 6 MB. */
const MAX_LISTED_ERRORS = 10_000;

/**
 * Returns the output of the schema for a value. `what` names the value in the error message.
 * @throws OrderlyError `validation_failed`; its details list each error with its path, at most 10,000.
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.infer<Schema> {
  const parsed = schema.safeParse(value, { error: typeError });
  if (parsed.success) {
    return parsed.data;
  }
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known field' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
  const listed = errors.slice(0, MAX_LISTED_ERRORS);
  const hint =
    listed.length === errors.length ? 'see errors' : `the first ${listed.length} of ${errors.length} errors`;
  throw new OrderlyError('validation_failed', `${what} is not valid; ${hint}.`, {
    details: { errors: listed },
  });
}
