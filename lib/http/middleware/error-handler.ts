import { classifyError, type OrderlyError } from '../../errors/orderly-error.ts';
import { report } from '../../observability/observe.ts';
import type { HttpMiddleware, HttpResponse } from '../http-function.ts';
import { httpStatus, problemTitles, publicCode } from '../problem.ts';

const RETRY_AFTER_SECONDS = '1';

/** Answers an error with `application/problem+json`. Reports an error with status 5xx together with its cause. */
export function errorHandler(): HttpMiddleware {
  return {
    onError: (request) => {
      const error = classifyError(request.error);
      const requestId = request.context.awsRequestId;
      if (httpStatus[error.code] >= 500) {
        const { code, message, cause } = error;
        report('request.failed', { requestId, code, message, cause });
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
      title: problemTitles[status],
      status,
      code: publicCode(error.code),
      detail,
      request_id: requestId,
      ...details,
    }),
  };
}
