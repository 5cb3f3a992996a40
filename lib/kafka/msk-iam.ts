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

/** A token lives for 15 minutes, and the session ends with it: each session lasts at least 10 minutes. */
const TOKEN_MAX_AGE_MS = 5 * 60_000;

/**
 * Kafka security settings for Amazon MSK with IAM: TLS, and a signed URL as the token of SASL/OAUTHBEARER. A test compares
 * the tokens with those of AWS' own signer.
 * https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 */
export function mskIam({ region, credentials, clock }: MskIamOptions): KafkaSecurity {
  const { token, forget } = cachedToken(
    (notBeyond) => mskToken({ region, clock, credentials: onExpiration(credentials, notBeyond) }),
    TOKEN_MAX_AGE_MS,
    clock,
  );
  return { tls: true, bearer: { token, rejected: forget } };
}

/** Returns a token. @throws OrderlyError `aws_credentials_missing` */
export async function mskToken({ region, credentials, clock }: MskIamOptions): Promise<string> {
  const url = new URL(`https://kafka.${region}.amazonaws.com/?Action=kafka-cluster%3AConnect`);
  const signed = await presignedUrl({ url, service: 'kafka-cluster', region }, credentials, clock);
  signed.search += '&User-Agent=orderly'; // the broker requires a user agent, which is not signed
  return Buffer.from(signed.href).toString('base64url');
}
