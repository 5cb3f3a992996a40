import type { Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LogFields } from '../observability/log-line.ts';
import { log } from '../observability/logger.ts';
import type { HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';

export interface RequestLog {
  readonly middleware: HttpMiddleware;
  /** Adds facts to the request's line. */
  readonly note: (request: HttpRequest, facts: LogFields) => void;
}

/** One line per request, after its answer is made: what was asked, the answer's status, and what was noted. */
export function requestLog(): RequestLog {
  const startedAt = new WeakMap<object, number>();
  const noted = new WeakMap<object, LogFields>();

  const finish = ({ event, context, response }: Request<APIGatewayProxyEventV2, HttpResponse>): void => {
    const { method, path } = event.requestContext.http;
    log('info', `${method} ${path} ${response?.statusCode ?? 500}`, {
      request_id: context.awsRequestId,
      ...(event.pathParameters?.order_id && { order_id: event.pathParameters.order_id }),
      ...noted.get(event),
      ms: Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN)),
    });
  };

  return {
    middleware: {
      before: ({ event }) => {
        startedAt.set(event, performance.now());
      },
      after: finish,
      onError: finish,
    },
    note: (request, facts) => noted.set(request, { ...noted.get(request), ...facts }),
  };
}
