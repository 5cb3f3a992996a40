import type { ErrorCode } from '../errors/orderly-error.ts';

/** The HTTP status of each error code. No other file maps codes to statuses. */
export const httpStatus = {
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
  rate_limited: 429,
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
  schema_registry_failed: 500, // a command is produced without the header
  database_timeout: 500, // only in batches: no client waits for a response
  invalid_configuration: 500,
  local_stack: 500,
  deployment: 500,
  internal_error: 500,
} as const satisfies Readonly<Record<ErrorCode, number>>;

/** The codes that clients see. */
export type PublicCode =
  | { [Code in ErrorCode]: (typeof httpStatus)[Code] extends 500 ? never : Code }[ErrorCode]
  | 'internal_error';

/** The `title` of a problem with a status. */
export const problemTitles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Returns the code for the client: `internal_error` for every code with status 500. */
export const publicCode = (code: ErrorCode): ErrorCode =>
  httpStatus[code] === 500 ? 'internal_error' : code;
