import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { OrderlyError } from '../errors/orderly-error.ts';
import { log } from '../observability/logger.ts';
import type { Clock } from '../time/clock.ts';

/** Keys that the issuer has withdrawn are taken for no longer than this, while it can be asked. */
const MAX_AGE_MS = 10 * 60_000;
/** Anybody can send a token with a key id that nobody knows: the issuer is not asked for each. */
const COOL_DOWN_MS = 30_000;
/** Without any key nothing works, so it is asked again sooner. */
const COOL_DOWN_WITHOUT_KEYS_MS = 2_000;

/**
 * Finds the key of a token among those of its issuer, read when needed and shared by all who ask at a time. Keys that were
 * read once go on being used while the issuer is away. A key that is not among them makes the set be read again, once in 30 s.
 * The function throws `authentication_unavailable` when it cannot say whether there is such a key, and jose's
 * `JWKSNoMatchingKey` when there is none.
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
      log('warn', 'The keys of the issuer could not be read', { error });
    }
    attemptedAt = clock();
    refreshing = undefined;
  };
  const coolDownMs = (): number => (keys === undefined ? COOL_DOWN_WITHOUT_KEYS_MS : COOL_DOWN_MS);
  /** A time in the future is one that the clock was set back from: nobody knows how long ago that was. */
  const hasPassed = (ms: number, since: number): boolean => clock() < since || clock() - since >= ms;
  /** Asks the issuer, or waits for who does already, or leaves it at what is known. */
  const refreshUnlessCoolingDown = async (): Promise<void> => {
    if (refreshing === undefined && !hasPassed(coolDownMs(), attemptedAt)) {
      return;
    }
    refreshing ??= refresh();
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
    'The token cannot be checked at the moment: the keys of its issuer cannot be read.',
    { cause },
  );
}
