import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LogFields } from '../observability/log-line.ts';
import type { HttpHandler, HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';
import { answerHeaders } from './middleware/answer-headers.ts';
import { bodyLimit } from './middleware/body-limit.ts';
import { problems } from './middleware/error-handler.ts';
import { note, requestLog } from './middleware/request-log.ts';

/** Adds facts to the request's log line. */
export type Note = (facts: LogFields) => void;

/** Enough for one order. */
const DEFAULT_MAX_BODY_BYTES = 32_768;

export interface EndpointOptions {
  /** Authorizes the request, or throws. Runs before the body is read. */
  readonly authentication?: HttpMiddleware;
  /** Every route has a limit, also one that reads no body. */
  readonly maxBodyBytes?: number;
  /** Reads the body, or rejects it. Default: ignores the body. */
  readonly body?: HttpMiddleware;
}

/**
 * Creates an HTTP function from a handler that takes a request and returns an answer or throws. Adds the request's log
 * line (the handler can `note` facts for it), the security headers, a problem body for every error, and the limit of the
 * body's size.
 */
export function endpoint(
  handler: (request: HttpRequest, note: Note) => Promise<HttpResponse>,
  { authentication, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, body }: EndpointOptions = {},
): HttpHandler {
  return middy<APIGatewayProxyEventV2, HttpResponse>()
    .use([
      requestLog(),
      answerHeaders(),
      problems(),
      ...(authentication ? [authentication] : []),
      bodyLimit(maxBodyBytes),
      ...(body ? [body] : []),
    ])
    .handler((event: HttpRequest) => handler(event, (facts) => note(event, facts)));
}

export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
