import { malformedAuthorization, missingToken } from './auth-errors.ts';

/**
 * Returns the token of the `authorization` header: https://www.rfc-editor.org/rfc/rfc6750#section-2.1. A repeated
 * header arrives joined by a comma, which no token contains.
 * @throws OrderlyError `unauthenticated`
 */
export function bearerToken(headers: Readonly<Record<string, string | undefined>>): string {
  const { authorization } = headers;
  if (authorization === undefined) {
    throw missingToken();
  }
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1];
  if (token === undefined) {
    throw malformedAuthorization();
  }
  return token;
}
