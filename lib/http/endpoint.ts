import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type IncomingRequest, UNKNOWN_ROUTE } from '../observability/flow-events.ts';
import type { LogFields } from '../observability/logs/logger.ts';
import { observe } from '../observability/observe.ts';
import type { HttpHandler, HttpMiddleware, HttpRequest, HttpResponse } from './http-function.ts';
import { addedLogFields, addLogFields } from './log-fields.ts';
import { errorHandler } from './middleware/error-handler.ts';
import { bodyLimit } from './middleware/request-body.ts';
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
  /** Rejects a request above the limit of its principal. Runs after the body is read. */
  readonly rateLimit?: HttpMiddleware;
}

/**
 * Creates an HTTP function from a handler that takes a request and returns a response or throws. Reports the request,
 * adds the security headers, limits the size of the body, and answers an error with a problem body.
 */
export function endpoint(
  handler: (request: HttpRequest, addLogFields: AddLogFields) => Promise<HttpResponse>,
  { authentication, maxBodyBytes = DEFAULT_MAX_BODY_BYTES, body, rateLimit }: EndpointOptions = {},
): HttpHandler {
  const pipeline = middy<APIGatewayProxyEventV2, HttpResponse>()
    .use([
      responseHeaders(),
      errorHandler(),
      ...(authentication ? [authentication] : []),
      bodyLimit(maxBodyBytes),
      ...(body ? [body] : []),
      ...(rateLimit ? [rateLimit] : []),
    ])
    .handler((event: HttpRequest) => handler(event, (fields) => addLogFields(event, fields)));
  return (event, context) =>
    observe(
      'request.answered',
      incomingRequest(event, context),
      () => pipeline(event, context),
      ({ statusCode = 200 }) => ({ status: statusCode, fields: addedLogFields(event) }),
    );
}

function incomingRequest(event: APIGatewayProxyEventV2, { awsRequestId }: Context): IncomingRequest {
  const { method, path } = event.requestContext.http;
  return {
    requestId: awsRequestId,
    method,
    path,
    route: routeOf(event),
    orderId: event.pathParameters?.order_id,
    traceparent: event.headers.traceparent,
  };
}

/** A program that invokes the function directly may leave the route key out. */
const routeOf = ({ routeKey = '$default' }: Partial<APIGatewayProxyEventV2>): string =>
  routeKey === '$default' ? UNKNOWN_ROUTE : routeKey;

/** Returns a response with `body` as JSON. */
export function json(statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}
