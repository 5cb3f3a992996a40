import * as z from 'zod';
import type { OptionValues } from '../../cli/command.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Plan } from './schedule.ts';

export interface LoadOptions extends Plan {
  readonly bulk: boolean;
  readonly connections: number;
}

/** All orders are compared in memory at the end. */
const MAX_ORDERS = 1_000_000;

const wholeNumber = (max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1, 'must be at least 1').max(max, `must be at most ${max}`));

const schema = z
  .object({
    rate: wholeNumber(100_000).default(500),
    seconds: wholeNumber(3_600).default(60),
    bulk: wholeNumber(1_000).optional(),
    connections: wholeNumber(1_000).default(50),
  })
  .refine(({ rate, seconds }) => rate * seconds <= MAX_ORDERS, {
    path: ['rate'],
    message: `times --seconds must be at most ${MAX_ORDERS} orders`,
    when: ({ issues }) => issues.length === 0, // otherwise one of the numbers is missing
  });

/** @throws OrderlyError `local_stack` that names every wrong option. */
export function readLoadOptions(given: OptionValues): LoadOptions {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `--${path.join('.')} ${message}`);
    throw new OrderlyError('local_stack', `${problems.join('; ')}. See --help.`);
  }
  const { rate, seconds, bulk, connections } = parsed.data;
  return { rate, seconds, ordersPerRequest: bulk ?? 1, bulk: bulk !== undefined, connections };
}
