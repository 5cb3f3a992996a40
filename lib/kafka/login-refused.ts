import { type ErrorCode, OrderlyError } from '../errors.ts';

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
 * `login_refused`; an error of ours (no credentials at all) as it is. Total.
 */
export function loginRefused(thrown: unknown, broker: string): OrderlyError {
  if (thrown instanceof OrderlyError) {
    return thrown;
  }
  const answer = Error.isError(thrown) ? thrown.message : String(thrown);
  const { code, advice } = reasons.find(({ says }) => says.test(answer)) ?? {
    code: 'login_refused',
    advice: 'check that the role may kafka-cluster:Connect, and that the clock is right',
  };
  return new OrderlyError(code, `${broker} does not let this program in (${answer}): ${advice}.`, {
    cause: thrown,
  });
}
