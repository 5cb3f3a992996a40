import { type ErrorCode, OrderlyError } from '../errors/orderly-error.ts';
import { isIllegalSaslState } from './kafka-errors.ts';

/** Reasons in a broker's response, in the words of Signature Version 4 and of Amazon MSK. */
const reasons: readonly { readonly pattern: RegExp; readonly code: ErrorCode; readonly advice: string }[] = [
  {
    pattern: /not yet current|signature expired|clock|skew/i,
    code: 'clock_skewed',
    advice: 'the clock of this machine is wrong by minutes; synchronize it with NTP',
  },
  {
    pattern: /expired|session too short/i,
    code: 'credentials_expired',
    advice: 'the AWS credentials have expired; the provider must return new ones',
  },
];

/**
 * Returns the error for a login that a broker rejected: `credentials_expired`, `clock_skewed`, otherwise `login_refused`.
 * Never throws.
 */
export function authenticationFailed(response: string, broker: string): OrderlyError {
  const { code, advice } = reasons.find(({ pattern }) => pattern.test(response)) ?? {
    code: 'login_refused',
    advice: 'check that the role allows kafka-cluster:Connect, and that the clock is correct',
  };
  return new OrderlyError(code, `${broker} rejected the authentication (${response}): ${advice}.`);
}

/**
 * Returns whether a broker rejected a login because of the rate: MSK accepts 100 new connections a second.
 * https://github.com/aws/aws-msk-iam-auth/issues/28
 */
export const isRateLimited = (response: string): boolean => /too many connects/i.test(response);

/**
 * Runs work with Kafka, and retries it once if a broker rejected the token or the session has expired. The token is evicted
 * before the retry, which uses a new one.
 */
export async function retryWithNewToken<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isAuthenticationFailure(error) && !isIllegalSaslState(error)) {
      throw error;
    }
    return work();
  }
}

const isAuthenticationFailure = (error: unknown): boolean =>
  error instanceof OrderlyError && ['login_refused', ...reasons.map(({ code }) => code)].includes(error.code);
