import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { answerHeaders } from './answer-headers-middleware.ts';
import { problems } from './problems-middleware.ts';
import { requestLog } from './request-log-middleware.ts';

export type HttpResponse = APIGatewayProxyStructuredResultV2;

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResponse>;

/** What a handler is given after the middlewares: the body, if the endpoint reads one, is parsed JSON. */
export interface HttpRequest extends Omit<APIGatewayProxyEventV2, 'body'> {
  readonly body?: unknown;
}

/**
 * An HTTP function from a handler that takes a request and returns an answer or throws: with it come the
 * request's log line, the security headers, and every error as a problem body. Further middlewares (the
 * body's) run between those and the handler.
 */
export function endpoint(
  handler: (request: HttpRequest) => Promise<HttpResponse>,
  middlewares: readonly MiddlewareObj<APIGatewayProxyEventV2, HttpResponse>[] = [],
): HttpHandler {
  return middy<APIGatewayProxyEventV2, HttpResponse>()
    .use([requestLog(), answerHeaders(), problems(), ...middlewares])
    .handler((event: HttpRequest) => handler(event));
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
