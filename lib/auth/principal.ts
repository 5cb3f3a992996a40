/**
 * The scopes of tokens. Each function requires exactly one. No scope includes another scope. `orders:admin` is about the whole
 * stage, so a token that is bound to a customer cannot use it.
 */
export const scopes = ['orders:read', 'orders:write', 'orders:admin'] as const;

export type Scope = (typeof scopes)[number];

/** The authenticated sender of a request. */
export interface Principal {
  /** Unique across issuers, subjects and their customers. Idempotency-Keys belong to this id. */
  readonly id: string;
  /** The claim `sub`. */
  readonly subject: string;
  /** The only customer whose orders the principal can write and read; undefined: all customers. */
  readonly customerId: string | undefined;
  readonly scopes: ReadonlySet<string>;
}

/** The principal of every request when authentication is off. */
export const anonymous: Principal = {
  id: 'anonymous',
  subject: 'anonymous',
  customerId: undefined,
  scopes: new Set(scopes),
};
