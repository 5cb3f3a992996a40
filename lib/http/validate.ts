import type * as z from 'zod';
import { OrderlyError } from '../errors/orderly-error.ts';
import { typeError } from '../orders/fields.ts';

/** An answer has a limit too: 6 MB on Lambda. */
const MAX_LISTED_ERRORS = 10_000;

/**
 * The value as the schema gives it back.
 * @throws OrderlyError `validation_failed` whose details list every fault with its path.
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
  const howMany =
    listed.length === errors.length ? 'see errors' : `the first ${listed.length} of ${errors.length} errors`;
  throw new OrderlyError('validation_failed', `${what} is not valid; ${howMany}.`, {
    details: { errors: listed },
  });
}
