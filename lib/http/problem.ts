import type { ErrorCode } from '../errors/orderly-error.ts';

/** The HTTP status of each error code. No other file maps codes to statuses. */
export const httpStatus: Readonly<Record<ErrorCode, number>> = {
  malformed_json: 400,
  validation_failed: 400,
  unauthenticated: 401,
  forbidden: 403,
  route_not_found: 404,
  order_not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  authentication_unavailable: 503,
  kafka_unavailable: 503,
  database_unavailable: 503,
  // causes of a kafka_unavailable or database_unavailable
  aws_credentials_missing: 500,
  credentials_expired: 500,
  clock_skewed: 500,
  login_refused: 500,
  secret_unavailable: 500,
  message_refused: 500,
  unreadable_record: 500,
  database_refused: 500,
  database_timeout: 500, // only in batches: no client waits for a response
  invalid_configuration: 500,
  local_stack: 500,
  deployment: 500,
  internal_error: 500,
};

/** Returns the code for the client: `internal_error` for every code with status 500. */
export const publicCode = (code: ErrorCode): ErrorCode =>
  httpStatus[code] === 500 ? 'internal_error' : code;
