import * as z from 'zod';
import { foreignIdField } from '../orders/fields.ts';
import { invalidToken } from './auth-errors.ts';
import type { Principal } from './principal.ts';

const list = z.union([z.string().transform((text) => [text]), z.array(z.string())]).default([]);

/** A claim is a string of words or an array of them, depending on the issuer. */
const wordList = list.transform((texts) => texts.flatMap((text) => text.split(' ')));

const claimsSchema = z.object({
  iss: z.string(),
  sub: z
    .string()
    .min(1)
    .max(255)
    .regex(/^\P{C}+$/u),
  aud: list,
  client_id: z.string().optional(),
  scope: wordList,
  scp: wordList,
  // An invalid customer id must be rejected: without the claim, a token permits access to all customers.
  customer_id: z
    .string()
    .refine((id) => foreignIdField.safeParse(id).data === id)
    .optional(),
});

/**
 * Returns the principal of a token whose signature, issuer and times are verified.
 * @throws OrderlyError `unauthenticated` for another audience or a malformed claim.
 */
export function principalFromClaims(payload: unknown, audiences: readonly string[]): Principal {
  const { data: claims, error } = claimsSchema.safeParse(payload);
  if (claims === undefined) {
    const names = new Set(error.issues.map(({ path }) => String(path[0])));
    throw invalidToken(`The token has no usable claim ${[...names].join(', ')}.`);
  }
  // Amazon Cognito omits `aud` in access tokens. `client_id` replaces it, as in API Gateway's own authorizer:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
  const tokenAudiences = claims.aud.length > 0 ? claims.aud : [claims.client_id ?? ''];
  if (!tokenAudiences.some((audience) => audiences.includes(audience))) {
    throw invalidToken('The token is for another audience.');
  }
  return {
    id: JSON.stringify([claims.iss, claims.sub, claims.customer_id ?? null]),
    subject: claims.sub,
    customerId: claims.customer_id,
    scopes: new Set([...claims.scope, ...claims.scp].map((scope) => withoutAudience(scope, audiences))),
  };
}

/**
 * Amazon Cognito prefixes each scope with its resource server: `shop/orders:read`. Scopes of other servers are
 * ignored.
 */
function withoutAudience(scope: string, audiences: readonly string[]): string {
  const end = scope.lastIndexOf('/');
  return end > 0 && audiences.includes(scope.slice(0, end)) ? scope.slice(end + 1) : scope;
}
