import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { OrderlyError } from '../errors/orderly-error.ts';
import { report } from '../observability/observe.ts';
import { runOutsideTrace } from '../observability/traces/current-trace.ts';
import type { Clock } from '../time/clock.ts';

/** While the issuer is available, a withdrawn key is accepted for at most this long. */
const MAX_AGE_MS = 10 * 60_000;
/** Any client can send tokens with unknown key ids, so not each of them causes a request to the issuer. */
const COOL_DOWN_MS = 30_000;
/** Without keys, no token can be verified, so the retry comes sooner. */
const COOL_DOWN_WITHOUT_KEYS_MS = 2_000;

/**
 * Returns a function that finds the key of a token in the issuer's key set. The set is read when needed, and
 * concurrent callers share one read. Keys stay in use while the issuer is unavailable. An unknown key causes a new
 * read, at most once in 30 s.
 *
 * The function throws `authentication_unavailable` if it cannot know whether the key exists, and jose's
 * `JWKSNoMatchingKey` if the key does not exist.
 */
export function issuerKeys(read: () => Promise<JSONWebKeySet>, clock: Clock): JWTVerifyGetKey {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
  let readAt = 0;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let refreshing: Promise<void> | undefined;

  const refresh = async (): Promise<void> => {
    try {
      keys = createLocalJWKSet(await read());
      readAt = clock();
      failure = undefined;
    } catch (error) {
      failure = error;
      report('issuer_keys.unread', { error });
    }
    attemptedAt = clock();
    refreshing = undefined;
  };
  const coolDownMs = (): number => (keys === undefined ? COOL_DOWN_WITHOUT_KEYS_MS : COOL_DOWN_MS);
  /** A time in the future means that the clock was set back: the elapsed time is unknown. */
  const hasPassed = (ms: number, since: number): boolean => clock() < since || clock() - since >= ms;
  /** Reads the key set, joins a read in progress, or returns at once during the cool-down. */
  const refreshUnlessCoolingDown = async (): Promise<void> => {
    if (refreshing === undefined && !hasPassed(coolDownMs(), attemptedAt)) {
      return;
    }
    refreshing ??= runOutsideTrace(refresh);
    await refreshing;
  };

  return async (header, token) => {
    if (keys === undefined || hasPassed(MAX_AGE_MS, readAt)) {
      await refreshUnlessCoolingDown();
    }
    try {
      return await (keys ?? noKeys)(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) {
        throw error;
      }
      await refreshUnlessCoolingDown();
      if (keys === undefined || failure !== undefined) {
        throw unavailable(failure);
      }
      return keys(header, token);
    }
  };
}

const noKeys = (): never => {
  throw new errors.JWKSNoMatchingKey();
};

function unavailable(cause: unknown): OrderlyError {
  return new OrderlyError(
    'authentication_unavailable',
    'The token cannot be verified now: the keys of its issuer cannot be read. Retry later.',
    { cause },
  );
}
