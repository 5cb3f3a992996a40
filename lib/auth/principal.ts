/** What a token may be good for. A function asks for exactly one of them. */
export const scopes = ['orders:read', 'orders:write'] as const;

export type Scope = (typeof scopes)[number];

/** Who sent a request. */
export interface Principal {
  /** Unique among the subjects of all issuers, and the customers that they speak for. An Idempotency-Key belongs to it. */
  readonly id: string;
  /** Who the issuer says it is. */
  readonly subject: string;
  /** The only customer whose orders it writes and sees; undefined: those of all. */
  readonly customerId: string | undefined;
  readonly scopes: ReadonlySet<string>;
}

/** Everybody, where nobody has to say who they are. */
export const anonymous: Principal = {
  id: 'anonymous',
  subject: 'anonymous',
  customerId: undefined,
  scopes: new Set(scopes),
};
