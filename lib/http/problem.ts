import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ErrorCode, OrderlyError } from '../errors/orderly-error.ts';

/** HTTP status of each error code: the only place that knows both. */
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
  // the reasons behind a kafka_unavailable or database_unavailable
  aws_credentials_missing: 500,
  credentials_expired: 500,
  clock_skewed: 500,
  login_refused: 500,
  secret_unavailable: 500,
  message_refused: 500,
  unreadable_record: 500,
  database_refused: 500,
  database_timeout: 500, // of batches, which no client waits for
  invalid_configuration: 500,
  local_stack: 500,
  deployment: 500,
  internal_error: 500,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const RETRY_AFTER_SECONDS = '1';

/** The code that a client is told: what is inside a 500 is not for it. */
export const publicCode = (code: ErrorCode): ErrorCode =>
  httpStatus[code] === 500 ? 'internal_error' : code;

/** An error as `application/problem+json` (RFC 9457); a 500 says nothing of what is inside. */
export function problemResponse(error: OrderlyError, requestId: string): APIGatewayProxyStructuredResultV2 {
  const status = httpStatus[error.code];
  const detail = status === 500 ? 'Something went wrong on our side; the log has the cause.' : error.message;
  const { allow, challenge, ...details } = status === 500 ? {} : error.details;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 503 && { 'retry-after': RETRY_AFTER_SECONDS }),
      ...(typeof allow === 'string' && { allow }),
      ...(typeof challenge === 'string' && { 'www-authenticate': challenge }),
    },
    body: JSON.stringify({
      type: 'about:blank',
      title: titles[status],
      status,
      code: publicCode(error.code),
      detail,
      request_id: requestId,
      ...details,
    }),
  };
}
