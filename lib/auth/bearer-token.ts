import { malformedAuthorization, missingToken } from './auth-errors.ts';

/**
 * The token of a request's `authorization` header: https://www.rfc-editor.org/rfc/rfc6750#section-2.1. A header
 * that is sent twice reaches us as one, joined by a comma, and no token has one.
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
