import { AwsV4Signer } from 'aws4fetch';
import type { Clock } from '../time/clock.ts';
import { type CredentialsProvider, presentCredentials } from './aws-credentials.ts';

/** How long AWS takes a signed URL for, at the most, where it stands for a log-in. */
const LIFETIME_SECONDS = 900;

export interface UrlToSign {
  readonly url: URL;
  readonly service: string;
  readonly region: string;
}

/**
 * A URL that proves who asked for it, for 15 minutes: Signature Version 4 in the query, encoded as it is signed. (Its
 * `searchParams` would encode it anew: add to its `search`.)
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @throws OrderlyError `aws_credentials_missing`
 */
export async function presignedUrl(
  { url, service, region }: UrlToSign,
  credentials: CredentialsProvider,
  clock: Clock,
): Promise<URL> {
  const lasting = new URL(url);
  lasting.searchParams.set('X-Amz-Expires', String(LIFETIME_SECONDS));
  const signer = new AwsV4Signer({
    method: 'GET',
    url: lasting.href,
    service,
    region,
    ...(await presentCredentials(credentials)),
    datetime: new Date(clock()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    signQuery: true,
  });
  const { url: signed } = await signer.sign();
  signed.search = asSigned(signed.search);
  return signed;
}

/** In RFC 3986's encoding instead of that of forms. */
const asSigned = (query: string): string =>
  query.replaceAll('+', '%20').replaceAll('*', '%2A').replaceAll('%7E', '~');
