import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { LogFields } from '../observability/logger.ts';
import type { HttpHandler, HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';
import { errorHandler } from './middleware/error-handler.ts';
import { bodyLimit } from './middleware/request-body.ts';
import { addLogFields, requestLog } from './middleware/request-log.ts';
import { responseHeaders } from './middleware/response-headers.ts';

/** Adds fields to the log line of the request. */
export type AddLogFields = (fields: LogFields) => void;

/** Enough for one order. */
const DEFAULT_MAX_BODY_BYTES = 32_768;

export interface EndpointOptions {
  /** Authorizes the request, or throws. Runs before the body is read. */
  readonly authentication?: HttpMiddleware;
  /** Every route has a limit, also one that reads no body. Default: 32 KiB. */
  readonly maxBodyBytes?: number;
  /** Reads the body, or rejects it. Default: ignores the body. */
  readonly body?: HttpMiddleware;
}

/**
 * Creates an HTTP function from a handler that takes a request and returns a response or throws. Adds the request's log
 * line, the security headers, a problem body for every error, and the limit of the body's size.
 */
export function endpoint(
  handler: (request: HttpRequest, addLogFields: AddLogFields) => Promise<HttpResponse>,
  { authentication, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, body }: EndpointOptions = {},
): HttpHandler {
  return middy<APIGatewayProxyEventV2, HttpResponse>()
    .use([
      requestLog(),
      responseHeaders(),
      errorHandler(),
      ...(authentication ? [authentication] : []),
      bodyLimit(maxBodyBytes),
      ...(body ? [body] : []),
    ])
    .handler((event: HttpRequest) => handler(event, (fields) => addLogFields(event, fields)));
}

/** Returns a response with `body` as JSON. */
export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
