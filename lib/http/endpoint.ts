import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LogFields } from '../observability/log-line.ts';
import { answerHeaders } from './answer-headers-middleware.ts';
import type { HttpHandler, HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';
import { problems } from './problems-middleware.ts';
import { requestLog } from './request-log-middleware.ts';

/**
 * An HTTP function from a handler that takes a request and returns an answer or throws: with it come the
 * request's log line (the handler can `note` facts for it), the security headers, and every error as a problem body. Further middlewares (the
 * body's) run between those and the handler.
 */
export function endpoint(
  handler: (request: HttpRequest, note: (facts: LogFields) => void) => Promise<HttpResponse>,
  middlewares: readonly HttpMiddleware[] = [],
): HttpHandler {
  const { middleware, note } = requestLog();
  return middy<APIGatewayProxyEventV2, HttpResponse>()
    .use([middleware, answerHeaders(), problems(), ...middlewares])
    .handler((event: HttpRequest) => handler(event, (facts) => note(event, facts)));
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
