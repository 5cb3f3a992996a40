import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

export interface Account {
  readonly id: string;
  /** Whom AWS takes us for. */
  readonly arn: string;
}

/** The account that the credentials belong to. @throws OrderlyError when there are none, or they are not taken. */
export async function readAccount(region: string): Promise<Account> {
  try {
    const { Account: id = '', Arn: arn = '' } = await new STSClient({ region }).send(
      new GetCallerIdentityCommand({}),
    );
    return { id, arn };
  } catch (cause) {
    if (isOfNetwork(cause)) {
      throw new OrderlyError(
        'deployment',
        `AWS cannot be reached in ${region} (${cause.message}): check the network, and the name of the region.`,
        { cause },
      );
    }
    const why = Error.isError(cause) ? `${cause.name}: ${cause.message}` : String(cause);
    throw new OrderlyError(
      'deployment',
      `AWS does not know who is asking (${why}). Log in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
      { cause },
    );
  }
}

/** Nobody answered at all, so nobody has refused. */
const isOfNetwork = (error: unknown): error is Error =>
  Error.isError(error) && 'code' in error && /^(E[A-Z]+|EAI_AGAIN)$/.test(String(error.code));
