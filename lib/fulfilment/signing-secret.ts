import { cachedToken } from '../aws/cached-token.ts';
import { readSecret, type SecretForm, type SecretOptions } from '../aws/read-secret.ts';
import { SIGNING_SECRET } from '../config/config.ts';
import type { Clock } from '../time/clock.ts';

/** How long calls may be signed with a secret after its rotation. The receiver does not report a rotation. */
const MAX_AGE_MS = 5 * 60_000;

const form: SecretForm = {
  is: 'whsec_ and 24 to 64 bytes in base64, as text and not as JSON',
  read: (text) => {
    if (!SIGNING_SECRET.test(text)) {
      throw new Error('the format is wrong');
    }
    return text;
  },
};

/**
 * Returns a function that returns the signing secret from Secrets Manager, at most five minutes old. The function
 * rejects with `secret_unavailable` or `aws_credentials_missing`.
 */
export function signingSecret(
  secretArn: string,
  options: SecretOptions & { readonly clock: Clock },
): () => Promise<string> {
  return cachedToken(() => readSecret(secretArn, form, options), MAX_AGE_MS, options.clock).token;
}
