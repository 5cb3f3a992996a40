import { OrderlyError } from '../errors/orderly-error.ts';

/** Who signs a request to AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When AWS stops taking them, if that is known; the providers of the AWS SDK say it. */
  readonly expiration?: Date;
}

/**
 * Gives the credentials of this moment; asked again for each token. Lambda keeps them in the environment; elsewhere pass
 * a provider of `@aws-sdk/credential-providers`.
 */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/** Well below the time that a log-in may take: a provider may ask a server that does not answer. */
const TIMEOUT_MS = 1_000;

/**
 * What the provider gives, within a second; a provider that gives nothing, or something without both keys, has none.
 * @throws OrderlyError `aws_credentials_missing`
 */
export async function presentCredentials(credentials: CredentialsProvider): Promise<AwsCredentials> {
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => overdue.reject(new Error(`The provider has not answered within ${TIMEOUT_MS} ms.`)),
    TIMEOUT_MS,
  );
  try {
    const given = await Promise.race([credentials(), overdue.promise]);
    if (!given?.accessKeyId || !given.secretAccessKey) {
      throw new Error('The provider gave no access key, or no secret to it.');
    }
    return given;
  } catch (cause) {
    throw new OrderlyError(
      'aws_credentials_missing',
      'There are no AWS credentials to log in with; check the role of the function, or the credential provider.',
      { cause },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The same provider; `tell` hears each time when that expires which it has given, in ms, if it says so. */
export function onExpiration(
  credentials: CredentialsProvider,
  tell: (expiresAt: number) => void,
): CredentialsProvider {
  return async () => {
    const given = await credentials();
    if (given?.expiration !== undefined) {
      tell(given.expiration.getTime());
    }
    return given;
  };
}
