import { classifyError, type OrderlyError } from '../../errors/orderly-error.ts';
import { log } from '../../observability/logger.ts';
import type { HttpMiddleware, HttpResponse } from '../http-function.ts';
import { httpStatus, publicCode } from '../problem.ts';

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

/** Answers an error with `application/problem+json`. Logs an error with status 5xx together with its cause. */
export function errorHandler(): HttpMiddleware {
  return {
    onError: (request) => {
      const error = classifyError(request.error);
      const requestId = request.context.awsRequestId;
      if (httpStatus[error.code] >= 500) {
        log('error', error.message, { request_id: requestId, code: error.code, error: error.cause });
      }
      request.response = problemResponse(error, requestId);
    },
  };
}

/** Returns the response for an error: https://www.rfc-editor.org/rfc/rfc9457. A 500 contains no internal information. */
function problemResponse(error: OrderlyError, requestId: string): HttpResponse {
  const status = httpStatus[error.code];
  const detail = status === 500 ? 'An internal error occurred. The log contains the cause.' : error.message;
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
