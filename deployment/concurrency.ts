import { OrderlyError } from '../lib/errors.ts';

/** What an account allows of concurrent executions in a region. */
export interface ConcurrencyQuota {
  readonly total: number;
  /** Not reserved by any function, those of this stage included. */
  readonly unreserved: number;
}

/** Lambda keeps so many for the functions that reserve none; new accounts, whose whole quota is small, may leave 10. */
const KEPT_UNRESERVED = 100;

/**
 * Whether the account has room for what the functions reserve; a sentence when it may be too little.
 * @param wanted by function, what its new version reserves
 * @param reserved by function, what it reserves already
 * @throws OrderlyError when it is certain that Lambda refuses.
 */
export function judgeConcurrency(
  { total, unreserved }: ConcurrencyQuota,
  wanted: ReadonlyMap<string, number>,
  reserved: ReadonlyMap<string, number>,
): string | undefined {
  const sumOf = (numbers: Iterable<number>): number => [...numbers].reduce((sum, number) => sum + number, 0);
  const sum = sumOf(wanted.values());
  const left = unreserved + sumOf(reserved.values()) - sum;
  const facts = `The functions reserve ${sum} concurrent executions; the account has ${total}, of which ${left} would be left for functions without a reservation.`;
  if (left < 0) {
    throw new OrderlyError(
      'deployment',
      `${facts} Ask for a higher quota (Service Quotas, AWS Lambda, "Concurrent executions"), or reserve less in serverless.yml.`,
    );
  }
  return left < KEPT_UNRESERVED
    ? `${facts} Lambda refuses to go below ${KEPT_UNRESERVED}, in new accounts below 10.`
    : undefined;
}
