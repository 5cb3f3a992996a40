import type { ConnectionOptions } from 'node:tls';
import { type CredentialsProvider, onExpiration } from '../aws/aws-credentials.ts';
import { cachedToken } from '../aws/cached-token.ts';
import { presignedUrl } from '../aws/presigned-url.ts';
import { passwordSecret, readSecret, type SecretOptions } from '../aws/read-secret.ts';
import type { Clock } from '../time/clock.ts';

/** A password that every new connection requests. The user comes from the URL. */
export interface DatabaseLogin {
  /** The certificate authorities that Node trusts, or custom TLS settings. */
  readonly tls: true | ConnectionOptions;
  readonly password: () => Promise<string>;
  /** Called when the database has rejected a password that this login returned. */
  readonly rejected: (password: string) => void;
}

export interface LoginOptions {
  readonly region: string;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
}

/** RDS accepts a token for 15 minutes to log in. A connection may last longer. */
const TOKEN_MAX_AGE_MS = 10 * 60_000;
/** A rejected login detects a rotated password. This limit only avoids a request per connection. */
const SECRET_MAX_AGE_MS = 60 * 60_000;
const DEFAULT_PORT = '5432';
const SCHEME = 'postgresql://';

/**
 * IAM authentication of RDS, Aurora and RDS Proxy: the password is a signed URL. A test compares it with the URL of
 * AWS' own signer. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 */
export function rdsIam(databaseUrl: string, { region, credentials, clock }: LoginOptions): DatabaseLogin {
  const { hostname, port, username } = new URL(databaseUrl);
  // An https URL would drop port 443. The scheme is not signed.
  const url = new URL(`${SCHEME}${hostname}:${port || DEFAULT_PORT}/?Action=connect`);
  url.searchParams.set('DBUser', decodeURIComponent(username));
  const createToken = async (notBeyond: (time: number) => void): Promise<string> => {
    const signers = onExpiration(credentials, notBeyond);
    const signed = await presignedUrl({ url, service: 'rds-db', region }, signers, clock);
    return signed.href.slice(SCHEME.length);
  };
  const { token, forget } = cachedToken(createToken, TOKEN_MAX_AGE_MS, clock);
  return { tls: true, password: token, rejected: forget };
}

/** The password of a secret in the format of RDS: JSON with `password`. */
export function secretPassword(
  secretArn: string,
  options: SecretOptions & { readonly clock: Clock },
): DatabaseLogin {
  const read = (): Promise<string> => readSecret(secretArn, passwordSecret, options);
  const { token, forget } = cachedToken(read, SECRET_MAX_AGE_MS, options.clock);
  return { tls: true, password: token, rejected: forget };
}
