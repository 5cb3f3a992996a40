import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

/** Types of an HTTP function: API Gateway's HTTP API, payload format 2.0. */

export type HttpResponse = APIGatewayProxyStructuredResultV2;

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResponse>;

export type HttpMiddleware = MiddlewareObj<APIGatewayProxyEventV2, HttpResponse>;

/** The request of a handler, after the middlewares. `body` is parsed JSON if the endpoint reads a body. */
export interface HttpRequest extends Omit<APIGatewayProxyEventV2, 'body'> {
  readonly body?: unknown;
}
