import { createHmac } from 'node:crypto';

/** What a signed message must carry, as https://www.standardwebhooks.com says. */
export interface SignatureHeaders {
  readonly 'webhook-id': string;
  /** Seconds since the epoch. */
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

const SECRET_PREFIX = 'whsec_';

/** Signs id, time and body together with a secret of the form `whsec_` and base64. `now` is in milliseconds. */
export function signatureHeaders(id: string, body: string, secret: string, now: number): SignatureHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
