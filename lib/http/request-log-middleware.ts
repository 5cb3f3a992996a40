import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { log } from '../observability/logger.ts';
import type { HttpResponse } from './endpoint.ts';

/** One line per request, after its answer is made. */
export function requestLog(): MiddlewareObj<APIGatewayProxyEventV2, HttpResponse> {
  const startedAt = new WeakMap<APIGatewayProxyEventV2, number>();

  const finish = (event: APIGatewayProxyEventV2, response: HttpResponse | null | undefined): void => {
    const { requestId, http } = event.requestContext;
    log('info', `${http.method} ${http.path} ${response?.statusCode ?? 500}`, {
      request_id: requestId,
      ms: Math.round(performance.now() - (startedAt.get(event) ?? Number.NaN)),
    });
  };

  return {
    before: ({ event }) => {
      startedAt.set(event, performance.now());
    },
    after: ({ event, response }) => finish(event, response),
    onError: ({ event, response }) => finish(event, response),
  };
}
