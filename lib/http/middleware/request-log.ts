import type { Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LogFields } from '../../observability/log-line.ts';
import { log } from '../../observability/logger.ts';
import type { HttpMiddleware, HttpRequest, HttpResponse } from '../http-function.ts';

const startedAt = new WeakMap<object, number>();
const noted = new WeakMap<object, LogFields>();

/** Adds facts to the request's line. */
export function note(request: HttpRequest, facts: LogFields): void {
  noted.set(request, { ...noted.get(request), ...facts });
}

/** One line per request, after its answer is made: what was asked, the answer's status, and what was noted. */
export function requestLog(): HttpMiddleware {
  return {
    before: ({ event }) => {
      startedAt.set(event, performance.now());
    },
    after: finish,
    onError: finish,
  };
}

function finish({ event, context, response }: Request<APIGatewayProxyEventV2, HttpResponse>): void {
  const { method, path } = event.requestContext.http;
  log('info', `${method} ${path} ${response?.statusCode ?? 500}`, {
    request_id: context.awsRequestId,
    ...(event.pathParameters?.order_id && { order_id: event.pathParameters.order_id }),
    ...noted.get(event),
    ms: Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN)),
  });
}
