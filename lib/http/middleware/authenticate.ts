import { insufficientScope } from '../../auth/auth-errors.ts';
import { bearerToken } from '../../auth/bearer-token.ts';
import { anonymous, type Principal, type Scope } from '../../auth/principal.ts';
import type { TokenVerifier } from '../../auth/token-verifier.ts';
import { OrderlyError } from '../../errors/orderly-error.ts';
import type { HttpMiddleware, HttpRequest } from '../http-function.ts';
import { note } from './request-log.ts';

export interface Authentication {
  readonly middleware: HttpMiddleware;
  /** Who sent a request that has passed the middleware. */
  readonly principalOf: (request: HttpRequest) => Principal;
}

/**
 * Lets a request pass whose token has the scope, or every one where no tokens are asked for (`verifier` gives none). The
 * request's log line gets the subject and its customer, never the token.
 */
export function authenticate(scope: Scope, verifier: () => TokenVerifier | undefined): Authentication {
  const principals = new WeakMap<object, Principal>();

  return {
    middleware: {
      before: async ({ event }) => {
        const verify = verifier();
        if (verify === undefined) {
          principals.set(event, anonymous);
          return;
        }
        const principal = await verify(bearerToken(event.headers));
        const { subject, customerId, scopes } = principal;
        note(event, { subject, ...(customerId !== undefined && { customer_id: customerId }) });
        if (!scopes.has(scope)) {
          throw insufficientScope(scope);
        }
        principals.set(event, principal);
      },
    },
    principalOf: (request) => {
      const principal = principals.get(request);
      if (principal === undefined) {
        throw new OrderlyError('internal_error', 'A request has come past its authentication.');
      }
      return principal;
    },
  };
}
