import { type ErrorCode, OrderlyError } from '../errors/orderly-error.ts';
import { isLoginOutOfTurn } from './kafka-errors.ts';

/** What a broker's answer may say of why, in the words of Signature Version 4 and of MSK. */
const reasons: readonly { readonly says: RegExp; readonly code: ErrorCode; readonly advice: string }[] = [
  {
    says: /not yet current|signature expired|clock|skew/i,
    code: 'clock_skewed',
    advice: 'the clock of this machine is off by minutes; set it by NTP',
  },
  {
    says: /expired|session too short/i,
    code: 'credentials_expired',
    advice: 'the AWS credentials have expired; the provider must give new ones',
  },
];

/**
 * A log-in that a broker did not accept, as the error that says what to do: `credentials_expired`, `clock_skewed`, else
 * `login_refused`. Total.
 */
export function authenticationFailed(answer: string, broker: string): OrderlyError {
  const { code, advice } = reasons.find(({ says }) => says.test(answer)) ?? {
    code: 'login_refused',
    advice: 'check that the role may kafka-cluster:Connect, and that the clock is right',
  };
  return new OrderlyError(code, `${broker} does not let this program in (${answer}): ${advice}.`);
}

/** Whether it is only too much at a time: MSK takes 100 new connections a second. https://github.com/aws/aws-msk-iam-auth/issues/28 */
export const isTooBusy = (answer: string): boolean => /too many connects/i.test(answer);

/**
 * Does work with Kafka, and once more when it rejects because a broker does not take the token, or no longer: it may have
 * been kept for too long, and it is forgotten by now.
 */
export async function withNewToken<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isRefusal(error) && !isLoginOutOfTurn(error)) {
      throw error;
    }
    return work();
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof OrderlyError && ['login_refused', ...reasons.map(({ code }) => code)].includes(error.code);
