import { OrderlyError } from '../errors/orderly-error.ts';
import type { Scope } from './principal.ts';

/** The details of these carry the header `WWW-Authenticate` as `challenge`: https://www.rfc-editor.org/rfc/rfc6750#section-3 */

/** 401 for a request that does not even try: no error code, says the RFC. */
export function missingToken(): OrderlyError {
  return new OrderlyError('unauthenticated', 'Send a token, as "authorization: Bearer …".', {
    details: { challenge: 'Bearer' },
  });
}

/** 401 for a header that is no bearer token, or more than one. */
export function malformedAuthorization(): OrderlyError {
  return new OrderlyError('unauthenticated', 'The header Authorization must be "Bearer " and one token.', {
    details: { challenge: 'Bearer error="invalid_request"' },
  });
}

/** 401 for a token that is not taken. `why` is a sentence of ours: nothing of the token is in it. */
export function invalidToken(message: string, cause?: unknown): OrderlyError {
  return new OrderlyError('unauthenticated', message, {
    cause,
    details: { challenge: `Bearer error="invalid_token", error_description="${message}"` },
  });
}

/** 403 for a token that is good for something else. */
export function insufficientScope(scope: Scope): OrderlyError {
  return new OrderlyError('forbidden', `The token lacks the scope ${scope}.`, {
    details: { challenge: `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

/** 403 for what a token of one customer may not ask for. */
export function otherCustomerForbidden(errors: readonly { path: string; message: string }[]): OrderlyError {
  return new OrderlyError('forbidden', 'The token is for one customer only; see errors.', {
    details: { errors },
  });
}
