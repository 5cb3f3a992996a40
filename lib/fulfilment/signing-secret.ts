import type { Clock } from '../clock.ts';
import { keptToken } from '../credentials/kept-token.ts';
import { readSecret, type SecretForm, type SecretOptions } from '../credentials/read-secret.ts';

/** `whsec_` and 24 to 64 bytes in base64: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const SIGNING_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** How long calls go on being signed with a secret that was rotated. No receiver says that it was. */
const KEPT_FOR_MS = 5 * 60_000;

const form: SecretForm = {
  is: 'whsec_ and 24 to 64 bytes in base64, as text and not as JSON',
  read: (text) => {
    if (!SIGNING_SECRET.test(text)) {
      throw new Error('it is something else');
    }
    return text;
  },
};

/**
 * Gives the secret that calls to the receiver are signed with, as Secrets Manager has it, at most five minutes old.
 * What it gives rejects with `secret_unavailable` or `aws_credentials_missing`.
 */
export function signingSecret(
  secretArn: string,
  options: SecretOptions & { readonly clock: Clock },
): () => Promise<string> {
  return keptToken(() => readSecret(secretArn, form, options), KEPT_FOR_MS, options.clock).token;
}
