import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LogFields } from '../observability/log-line.ts';
import { answerHeaders } from './answer-headers-middleware.ts';
import type { HttpHandler, HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';
import { localOnly } from './local-only-middleware.ts';
import { problems } from './problems-middleware.ts';
import { note, requestLog } from './request-log-middleware.ts';

/** Adds facts to the request's log line. */
export type Note = (facts: LogFields) => void;

/**
 * An HTTP function from a handler that takes a request and returns an answer or throws: with it come the
 * request's log line (the handler can `note` facts for it), the security headers, every error as a problem body, and on a
 * laptop the refusal of other machines' requests. Further middlewares (the body's) run between those and the handler.
 */
export function endpoint(
  handler: (request: HttpRequest, note: Note) => Promise<HttpResponse>,
  middlewares: readonly HttpMiddleware[] = [],
): HttpHandler {
  return middy<APIGatewayProxyEventV2, HttpResponse>()
    .use([requestLog(), answerHeaders(), problems(), localOnly(), ...middlewares])
    .handler((event: HttpRequest) => handler(event, (facts) => note(event, facts)));
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
