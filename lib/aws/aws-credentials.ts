import { OrderlyError } from '../errors/orderly-error.ts';

/** Credentials that sign requests to AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When the credentials expire, if known. The providers of the AWS SDK set it. */
  readonly expiration?: Date;
}

/**
 * Returns the current credentials. Called for each new token. On Lambda the credentials are in the environment; elsewhere,
 * pass a provider of `@aws-sdk/credential-providers`.
 */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/** Shorter than the timeout of a login, because a provider may wait for a server that does not respond. */
const TIMEOUT_MS = 1_000;

/**
 * Returns the credentials of the provider.
 * @throws OrderlyError `aws_credentials_missing` if the provider rejects, takes more than 1 s, or returns no access key or
 * no secret key.
 */
export async function currentCredentials(credentials: CredentialsProvider): Promise<AwsCredentials> {
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => overdue.reject(new Error(`The provider did not respond within ${TIMEOUT_MS} ms.`)),
    TIMEOUT_MS,
  );
  try {
    const current = await Promise.race([credentials(), overdue.promise]);
    if (!current?.accessKeyId || !current.secretAccessKey) {
      throw new Error('The provider returned no access key, or no secret key.');
    }
    return current;
  } catch (cause) {
    throw new OrderlyError(
      'aws_credentials_missing',
      'There are no AWS credentials; check the role of the function, or the credential provider.',
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** Wraps a provider: calls `listener(ms)` whenever the returned credentials have an expiry (ms since 1970). */
export function onExpiration(
  credentials: CredentialsProvider,
  listener: (expiresAtMs: number) => void,
): CredentialsProvider {
  return async () => {
    const current = await credentials();
    if (current?.expiration !== undefined) {
      listener(current.expiration.getTime());
    }
    return current;
  };
}
