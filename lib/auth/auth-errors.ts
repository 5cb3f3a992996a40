import { OrderlyError } from '../errors/orderly-error.ts';
import type { Scope } from './principal.ts';

/** `details.challenge` is the header `WWW-Authenticate`: https://www.rfc-editor.org/rfc/rfc6750#section-3 */

/** 401 for a request without a token. RFC 6750 defines no error code for this case. */
export function missingToken(): OrderlyError {
  return new OrderlyError('unauthenticated', 'Send a token in the header "authorization: Bearer …".', {
    details: { challenge: 'Bearer' },
  });
}

/** 401 for a header that is not one bearer token. */
export function malformedAuthorization(): OrderlyError {
  return new OrderlyError('unauthenticated', 'The header Authorization must be "Bearer " and one token.', {
    details: { challenge: 'Bearer error="invalid_request"' },
  });
}

/** 401 for an invalid token. `message` must not contain any part of the token. */
export function invalidToken(message: string, cause?: unknown): OrderlyError {
  return new OrderlyError('unauthenticated', message, {
    cause,
    details: { challenge: `Bearer error="invalid_token", error_description="${message}"` },
  });
}

/** 403 for a token without the required scope. */
export function insufficientScope(scope: Scope): OrderlyError {
  return new OrderlyError('forbidden', `The token lacks the scope ${scope}.`, {
    details: { challenge: `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

/** 403 for a request about the whole stage whose token is for one customer. */
export function wholeStageForbidden(scope: Scope): OrderlyError {
  return new OrderlyError(
    'forbidden',
    `The token is for one customer only; ${scope} needs a token for all customers.`,
  );
}

/** 403 for a request that a token of one customer does not permit. */
export function otherCustomerForbidden(errors: readonly { path: string; message: string }[]): OrderlyError {
  return new OrderlyError('forbidden', 'The token is for one customer only; see errors.', {
    details: { errors },
  });
}
