import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** What an account allows of concurrent executions in a region. */
export interface ConcurrencyQuota {
  readonly total: number;
  /** Not reserved by any function, those of this stage included. */
  readonly unreserved: number;
}

/** Lambda keeps so many for the functions that reserve none (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html). */
const KEPT_UNRESERVED = 100;

/**
 * Whether the account has room for what the functions reserve.
 * @param wanted by function, what its new version reserves
 * @param reserved by function, what it reserves already
 * @throws OrderlyError when Lambda would refuse.
 */
export function assertConcurrency(
  { total, unreserved }: ConcurrencyQuota,
  wanted: ReadonlyMap<string, number>,
  reserved: ReadonlyMap<string, number>,
): void {
  const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);
  const sum = sumOf(wanted.values());
  const left = unreserved + sumOf(reserved.values()) - sum;
  if (left < KEPT_UNRESERVED) {
    throw new OrderlyError(
      'deployment',
      `The functions reserve ${sum} concurrent executions; the account has ${total}, of which ${left} would be left for functions without a reservation, and Lambda insists on ${KEPT_UNRESERVED}. Ask for a higher quota (Service Quotas, AWS Lambda, "Concurrent executions"; a new account may have 10), deploy into an account of its own, or reserve less (serverless.yml, deployment/stack/concurrency.cjs).`,
    );
  }
}
