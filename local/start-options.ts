import * as z from 'zod';
import { type OptionValues, usageError } from '../cli/command.ts';

export interface StartOptions {
  /** The batching window of the orders in seconds. If undefined, the default of Lambda (0.5 s) applies. */
  readonly windowSeconds: number | undefined;
}

/** The range of MaximumBatchingWindowInSeconds. */
const windowSeconds = z
  .string()
  .regex(/^\d{1,3}$/)
  .transform(Number)
  .pipe(z.int().max(300));

/** @throws OrderlyError if an option has a wrong value. */
export function parseStartOptions({ window }: OptionValues): StartOptions {
  const { data, error } = windowSeconds.optional().safeParse(window);
  if (error) {
    throw usageError('--window must be a whole number of seconds, 0 to 300. See --help.');
  }
  return { windowSeconds: data };
}
