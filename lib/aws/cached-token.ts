import type { Clock } from '../time/clock.ts';

export interface CachedToken<Token> {
  /** Returns the cached token, or requests a new one. Rejects as `request` does. */
  readonly token: () => Promise<Token>;
  /** Evicts the token if it is the cached one. Without an argument, evicts any token. */
  readonly forget: (token?: Token) => void;
}

/**
 * Caches a token for `maxAgeMs`. Concurrent callers share one request, because new connections open in groups. A token
 * must live longer than `maxAgeMs` by the minimum length of a session. `request` can set an earlier end (ms since 1970)
 * with `notBeyond`. A failed request is not cached.
 */
export function cachedToken<Token>(
  request: (notBeyond: (timeMs: number) => void) => Promise<Token>,
  maxAgeMs: number,
  clock: Clock,
): CachedToken<Token> {
  interface Entry {
    readonly token: Promise<Token>;
    readonly isExpired: () => boolean;
    value?: Token;
  }
  let cached: Entry | undefined;

  const requestNew = (): Entry => {
    let expiresAt = clock() + maxAgeMs;
    const token = request((timeMs) => {
      expiresAt = Math.min(expiresAt, timeMs);
    });
    const entry: Entry = { token, isExpired: () => clock() >= expiresAt };
    token.then(
      (value) => {
        entry.value = value;
      },
      () => {
        cached = cached === entry ? undefined : cached;
      },
    );
    return entry;
  };

  return {
    token: () => {
      if (cached === undefined || cached.isExpired()) {
        cached = requestNew();
      }
      return cached.token;
    },
    forget: (token) => {
      if (token === undefined || cached?.value === token) {
        cached = undefined;
      }
    },
  };
}
