import type { ConnectionOptions } from 'node:tls';
import { type CredentialsProvider, onExpiration } from '../aws/aws-credentials.ts';
import { cachedToken } from '../aws/cached-token.ts';
import { presignedUrl } from '../aws/presigned-url.ts';
import { passwordSecret, readSecret, type SecretOptions } from '../aws/read-secret.ts';
import type { Clock } from '../time/clock.ts';

/** A password that is asked for with each connection. The user is the URL's. */
export interface DatabaseLogin {
  /** With the certificate authorities that Node trusts, or with settings of its own. */
  readonly tls: true | ConnectionOptions;
  readonly password: () => Promise<string>;
  /** Told when the database did not take a password that it gave. */
  readonly rejected: (password: string) => void;
}

export interface LoginOptions {
  readonly region: string;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
}

/** RDS takes a token for 15 minutes, to log in; a connection may last longer. */
const TOKEN_MAX_AGE_MS = 10 * 60_000;
/** A rotated password is found by its refusal, so this is only against asking with each connection. */
const SECRET_MAX_AGE_MS = 60 * 60_000;
const DEFAULT_PORT = '5432';
const SCHEME = 'postgresql://';

/**
 * IAM authentication of RDS, Aurora and RDS Proxy: a signed URL as the password, as AWS' own signer makes it (a test
 * compares them). https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
 */
export function rdsIam(databaseUrl: string, { region, credentials, clock }: LoginOptions): DatabaseLogin {
  const { hostname, port, username } = new URL(databaseUrl);
  // Of https, a URL would lose the port 443; the scheme is not signed.
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

/** The password of a secret as RDS keeps it: JSON with `password`. */
export function secretPassword(
  secretArn: string,
  options: SecretOptions & { readonly clock: Clock },
): DatabaseLogin {
  const read = (): Promise<string> => readSecret(secretArn, passwordSecret, options);
  const { token, forget } = cachedToken(read, SECRET_MAX_AGE_MS, options.clock);
  return { tls: true, password: token, rejected: forget };
}
