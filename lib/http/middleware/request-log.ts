import type { Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type LogFields, log } from '../../observability/logger.ts';
import type { HttpMiddleware, HttpRequest, HttpResponse } from '../http-function.ts';

const startedAt = new WeakMap<object, number>();
const addedFields = new WeakMap<object, LogFields>();

/** Adds fields to the log line of a request. */
export function addLogFields(request: HttpRequest, fields: LogFields): void {
  addedFields.set(request, { ...addedFields.get(request), ...fields });
}

/** Logs one line per request after the response is ready: method, path, status, duration and the added fields. */
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
    ...addedFields.get(event),
    ms: Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN)),
  });
}
