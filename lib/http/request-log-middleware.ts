import type { Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { log } from '../observability/logger.ts';
import type { HttpMiddleware, HttpResponse } from './http-function.ts';

/** One line per request, after its answer is made. */
export function requestLog(): HttpMiddleware {
  const startedAt = new WeakMap<APIGatewayProxyEventV2, number>();

  const finish = ({ event, context, response }: Request<APIGatewayProxyEventV2, HttpResponse>): void => {
    const { method, path } = event.requestContext.http;
    log('info', `${method} ${path} ${response?.statusCode ?? 500}`, {
      request_id: context.awsRequestId,
      ms: Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN)),
    });
  };

  return {
    before: ({ event }) => {
      startedAt.set(event, performance.now());
    },
    after: finish,
    onError: finish,
  };
}
