import { OrderlyError } from '../errors.ts';

/** Who signs a request to AWS. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Gives the credentials of this moment; asked again for each token. Lambda keeps them in the environment; elsewhere pass
 * a provider of `@aws-sdk/credential-providers`.
 */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/** @throws OrderlyError `aws_credentials_missing` */
export async function presentCredentials(credentials: CredentialsProvider): Promise<AwsCredentials> {
  try {
    return await credentials();
  } catch (cause) {
    throw new OrderlyError(
      'aws_credentials_missing',
      'There are no AWS credentials to log in with; check the role of the function, or the credential provider.',
      { cause },
    );
  }
}
