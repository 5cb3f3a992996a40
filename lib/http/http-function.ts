import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';

/** The shapes that an HTTP function has from outside and inside: API Gateway's HTTP API, payload format 2.0. */

export type HttpResponse = APIGatewayProxyStructuredResultV2;

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpResponse>;

export type HttpMiddleware = MiddlewareObj<APIGatewayProxyEventV2, HttpResponse>;

/** What a handler is given after the middlewares: the body, if the endpoint reads one, is parsed JSON. */
export interface HttpRequest extends Omit<APIGatewayProxyEventV2, 'body'> {
  readonly body?: unknown;
}
