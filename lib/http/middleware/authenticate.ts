import { insufficientScope } from '../../auth/auth-errors.ts';
import { bearerToken } from '../../auth/bearer-token.ts';
import { assertScopeAllowed } from '../../auth/customer-binding.ts';
import { anonymous, type Principal, type Scope } from '../../auth/principal.ts';
import type { TokenVerifier } from '../../auth/token-verifier.ts';
import { OrderlyError } from '../../errors/orderly-error.ts';
import type { HttpMiddleware, HttpRequest } from '../http-function.ts';
import { addLogFields } from '../log-fields.ts';

export interface Authentication {
  readonly middleware: HttpMiddleware;
  /** Returns the principal of a request that passed the middleware. */
  readonly principalOf: (request: HttpRequest) => Principal;
}

/**
 * Rejects requests without a valid token (401) and tokens that do not permit the scope (403). If `verifier` returns `undefined`,
 * the API is open and every request is anonymous. Adds the subject and its customer to the request's log line, never the
 * token.
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
        addLogFields(event, { subject, ...(customerId !== undefined && { customer_id: customerId }) });
        if (!scopes.has(scope)) {
          throw insufficientScope(scope);
        }
        assertScopeAllowed(principal, scope);
        principals.set(event, principal);
      },
    },
    principalOf: (request) => {
      const principal = principals.get(request);
      if (principal === undefined) {
        throw new OrderlyError('internal_error', 'A request skipped authentication.');
      }
      return principal;
    },
  };
}
