import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

export interface Account {
  readonly id: string;
  /** The identity of the credentials. */
  readonly arn: string;
}

/** Returns the account of the credentials. @throws OrderlyError if there are none, or AWS rejects them. */
export async function readAccount(region: string): Promise<Account> {
  try {
    const { Account: id = '', Arn: arn = '' } = await new STSClient({ region }).send(
      new GetCallerIdentityCommand({}),
    );
    return { id, arn };
  } catch (cause) {
    if (isNetworkError(cause)) {
      throw new OrderlyError(
        'deployment',
        `AWS cannot be reached in ${region} (${cause.message}): check the network, and the name of the region.`,
        { cause },
      );
    }
    const why = Error.isError(cause) ? `${cause.name}: ${cause.message}` : String(cause);
    throw new OrderlyError(
      'deployment',
      `AWS cannot authenticate the request (${why}). Log in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause },
    );
  }
}

/** No response: the network failed, and AWS has not rejected the request. */
const isNetworkError = (error: unknown): error is Error =>
  Error.isError(error) && 'code' in error && /^(E[A-Z]+|EAI_AGAIN)$/.test(String(error.code));
