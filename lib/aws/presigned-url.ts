import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../time/clock.ts';
import { type CredentialsProvider, currentCredentials } from './aws-credentials.ts';

/** AWS accepts a signed URL for at most this time when the URL is a login token. */
const LIFETIME_SECONDS = 900;

export interface UrlToSign {
  readonly url: URL;
  readonly service: string;
  readonly region: string;
}

/**
 * Signs a URL with Signature Version 4 in the query; the signature is valid for 15 minutes. The query is encoded as it was
 * signed: to add a parameter, append to `search`, because `searchParams` changes the encoding.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @throws OrderlyError `aws_credentials_missing`
 */
export async function presignedUrl(
  { url, service, region }: UrlToSign,
  credentials: CredentialsProvider,
  clock: Clock,
): Promise<URL> {
  const unsigned = new URL(url);
  unsigned.searchParams.set('X-Amz-Expires', String(LIFETIME_SECONDS));
  const signer = new AwsV4Signer({
    method: 'GET',
    url: unsigned.href,
    service,
    region,
    ...(await currentCredentials(credentials)),
    datetime: new Date(clock()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    signQuery: true,
  });
  const { url: signed } = await signer.sign();
  signed.search = rfc3986(signed.search);
  return signed;
}

/** Converts form encoding to the encoding of RFC 3986. */
const rfc3986 = (query: string): string =>
  query.replaceAll('+', '%20').replaceAll('*', '%2A').replaceAll('%7E', '~');
