import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { TokenRules } from '../config/config.ts';
import { OrderlyError } from '../errors/orderly-error.ts';
import type { Clock } from '../time/clock.ts';
import { invalidToken } from './auth-errors.ts';
import { principalFromClaims } from './claims.ts';
import type { Principal } from './principal.ts';

/**
 * Returns the principal of a token.
 * @throws OrderlyError `unauthenticated` for an invalid token, `authentication_unavailable` if the token cannot be
 * verified now.
 */
export type TokenVerifier = (token: string) => Promise<Principal>;

/** Asymmetric signatures only: with HMAC, a public key could be misused as the shared secret. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** A tolerance for the difference between the clocks of issuer and function. */
const CLOCK_TOLERANCE_S = 5;

/** Creates a verifier that uses the keys of the issuer, see `issuer-keys.ts`. */
export function tokenVerifier(
  { issuer, audiences }: Omit<TokenRules, 'jwksUrl'>,
  keys: JWTVerifyGetKey,
  clock: Clock,
): TokenVerifier {
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ALGORITHMS,
      issuer,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      currentDate: new Date(clock()),
    }).catch(rethrowClassified);
    return principalFromClaims(payload, audiences);
  };
}

function rethrowClassified(error: unknown): never {
  if (error instanceof OrderlyError) {
    throw error;
  }
  if (!(error instanceof errors.JOSEError)) {
    // The token is not the cause: a key of the issuer is invalid or too short.
    throw new OrderlyError(
      'authentication_unavailable',
      'The token cannot be verified: its key in the key set of the issuer is invalid.',
      { cause: error },
    );
  }
  throw invalidToken(describe(error));
}

const messageByCode: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'The token has expired.',
  ERR_JOSE_ALG_NOT_ALLOWED: `The token must be signed with one of ${ALGORITHMS.join(', ')}.`,
  ERR_JWKS_NO_MATCHING_KEY: 'The issuer has no key with this id and type.',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'The token does not identify one key of the issuer.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is invalid.',
};

const messageByClaim: Readonly<Record<string, string>> = {
  iss: 'The token is from another issuer.',
  nbf: 'The token is not valid yet.',
};

/** Returns a message for the client without any part of the token. */
function describe(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed) {
    return messageByClaim[error.claim] ?? `The token has no usable claim ${error.claim}.`;
  }
  return messageByCode[error.code] ?? 'The token is malformed.';
}
