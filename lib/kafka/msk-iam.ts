import { type CredentialsProvider, onExpiration } from '../aws/aws-credentials.ts';
import { cachedToken } from '../aws/cached-token.ts';
import { presignedUrl } from '../aws/presigned-url.ts';
import type { Clock } from '../time/clock.ts';
import type { KafkaSecurity } from './security.ts';

export interface MskIamOptions {
  readonly region: string;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
}

/** A token lives for 15 minutes, and the broker ends the session with it: two thirds are left to each session. */
const KEPT_FOR_MS = 5 * 60_000;

/**
 * The way in to a cluster of Amazon MSK that asks for IAM: TLS, and a signed URL as the token of SASL/OAUTHBEARER, as
 * AWS' own signer makes it (a test compares them).
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export function mskIam({ region, credentials, clock }: MskIamOptions): KafkaSecurity {
  const { token, forget } = cachedToken(
    (notBeyond) => mskToken({ region, clock, credentials: onExpiration(credentials, notBeyond) }),
    KEPT_FOR_MS,
    clock,
  );
  return { tls: true, bearer: { token, refused: forget } };
}

/** @throws OrderlyError `aws_credentials_missing` */
export async function mskToken({ region, credentials, clock }: MskIamOptions): Promise<string> {
  const url = new URL(`https://kafka.${region}.amazonaws.com/?Action=kafka-cluster%3AConnect`);
  const signed = await presignedUrl({ url, service: 'kafka-cluster', region }, credentials, clock);
  signed.search += '&User-Agent=orderly'; // the broker asks for one; it is not signed
  return Buffer.from(signed.href).toString('base64url');
}
