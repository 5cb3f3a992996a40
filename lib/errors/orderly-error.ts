/**
 * The codes of all failures that a caller can distinguish. A test compares the list with `docs/errors.md`.
 *
 * `retryable`: the same request can succeed later without a change.
 */
export const errorCodes = {
  malformed_json: { retryable: false },
  validation_failed: { retryable: false },
  unsupported_media_type: { retryable: false },
  idempotency_key_reused: { retryable: false },
  unauthenticated: { retryable: false },
  forbidden: { retryable: false },
  authentication_unavailable: { retryable: true },
  rate_limited: { retryable: true },
  payload_too_large: { retryable: false },
  route_not_found: { retryable: false },
  method_not_allowed: { retryable: false },
  order_not_found: { retryable: true },
  kafka_unavailable: { retryable: true },
  message_refused: { retryable: false },
  unreadable_record: { retryable: false },
  aws_credentials_missing: { retryable: true },
  credentials_expired: { retryable: true },
  clock_skewed: { retryable: true },
  login_refused: { retryable: true },
  secret_unavailable: { retryable: true },
  schema_registry_failed: { retryable: true },
  database_unavailable: { retryable: true },
  database_timeout: { retryable: true },
  database_refused: { retryable: false },
  invalid_configuration: { retryable: false },
  local_stack: { retryable: false },
  deployment: { retryable: true },
  internal_error: { retryable: false },
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface ErrorOptionsWithDetails {
  readonly cause?: unknown;
  /** Small values that are safe to show to the caller: never a body, never a credential. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * A failure with a stable code. `message` says what happened and what to do, for the person who reads it. The
 * `cause` is logged and never shown to a client.
 */
export class OrderlyError extends Error {
  override readonly name = 'OrderlyError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsWithDetails = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = errorCodes[code].retryable;
    this.details = options.details ?? {};
  }
}

/** Returns any thrown value as an `OrderlyError`. An unknown error becomes `internal_error` with its cause. */
export function classifyError(thrown: unknown): OrderlyError {
  if (thrown instanceof OrderlyError) {
    return thrown;
  }
  return new OrderlyError('internal_error', 'An internal error occurred; the log contains the cause.', {
    cause: thrown,
  });
}

/** Control characters, line separators and characters that change the text direction. */
const misleading = /[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/**
 * Returns a text that is safe for a log line, a terminal and a text column: no control characters, no lone
 * surrogates, at most 500 characters.
 */
export function sanitizeMessage(message: string): string {
  const printable = message.toWellFormed().replace(misleading, '\uFFFD');
  return printable.length > 500 ? `${printable.slice(0, 499).toWellFormed()}…` : printable;
}
