import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { forbidRequest } from './log-record/log-record.ts';

/** Returns an event of an API Gateway HTTP API (payload format 2.0). */
export function httpEvent(
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): APIGatewayProxyEventV2 {
  forbidRequest(headers, body);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'test',
      domainPrefix: 'test',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '01/Nov/2026:10:00:00 +0000',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
    ...(body !== undefined && { body }),
  };
}

export const lambdaContext = {
  awsRequestId: 'invocation-1',
  getRemainingTimeInMillis: () => 60_000,
} as Context;
