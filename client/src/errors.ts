/** The codes of the API's problems, and whether the same call can succeed later. A test compares them with the API. */
export const problemCodes = {
  malformed_json: false,
  validation_failed: false,
  unauthenticated: false,
  forbidden: false,
  route_not_found: false,
  order_not_found: true,
  method_not_allowed: false,
  payload_too_large: false,
  rate_limited: true,
  unsupported_media_type: false,
  idempotency_key_reused: false,
  kafka_unavailable: true,
  database_unavailable: true,
  authentication_unavailable: true,
  internal_error: false,
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** The codes of failures without a problem of the API. */
export type ClientCode =
  /** No answer, or only a part of one: connection refused, reset or closed early. */
  | 'network_error'
  /** No complete answer in time. */
  | 'timeout'
  /** The caller's signal aborted the call, or the client was closed. */
  | 'aborted'
  /** A successful answer that is not the JSON of this operation. */
  | 'invalid_response'
  /** An answer of a proxy or gateway; `status` has the reason. Redirects too: they are not followed. */
  | 'http_error'
  /** The `token` function failed, or no header can carry the token. */
  | 'token_unavailable'
  /** The call itself is wrong. Nothing was sent. */
  | 'invalid_argument';

/** One fault of a request. */
export interface FieldError {
  /** `quantity`, or `` for the whole body. */
  readonly path: string;
  readonly message: string;
}

/** The evidence of a failure; each member is a field of `OrderlyError`. */
export interface ErrorFields {
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly orderId?: string | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly problem?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** A code of this version. A newer server may send others. */
export type ErrorCode = ProblemCode | ClientCode | (string & {});

/** Every failure of the client. `message` says what happened and what to do. Programs should depend on `code`. */
export class OrderlyError extends Error {
  override readonly name = 'OrderlyError';
  readonly code: ErrorCode;
  /** The HTTP status; `undefined` without an answer. */
  readonly status: number | undefined;
  /** Identifies the request in the server's log. */
  readonly requestId: string | undefined;
  /** The order, if the server or the call named it. After `kafka_unavailable` it may be stored or not. */
  readonly orderId: string | undefined;
  /** The faults of a request that is not valid. */
  readonly errors: readonly FieldError[];
  /** True if the same call can succeed later. */
  readonly retryable: boolean;
  /** The pause that the server asked for. */
  readonly retryAfterMs: number | undefined;
  /** The key of a failed write. The same call with this key takes effect once, even if this one was stored. */
  readonly idempotencyKey: string | undefined;
  /** The server's problem with all its members. Empty without one. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.status = fields.status;
    this.requestId = fields.requestId;
    this.orderId = fields.orderId;
    this.errors = fields.errors ?? [];
    this.retryable = fields.retryable ?? false;
    this.retryAfterMs = fields.retryAfterMs;
    this.idempotencyKey = fields.idempotencyKey;
    this.problem = fields.problem ?? {};
  }
}
