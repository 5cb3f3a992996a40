import { classifyError } from '../../errors/orderly-error.ts';
import { log } from '../../observability/logger.ts';
import type { HttpMiddleware } from '../http-function.ts';
import { httpStatus, problemResponse } from '../problem.ts';

/** Every error becomes a problem body; what is our fault, or Kafka's, is logged with its cause. */
export function problems(): HttpMiddleware {
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
