import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { RouteMatch } from './routes.ts';

/** A request that has arrived completely. */
export interface ReceivedRequest extends RouteMatch {
  readonly request: Pick<IncomingMessage, 'method' | 'rawHeaders' | 'socket'>;
  readonly path: string;
  /** The query with its question mark; empty without a query. */
  readonly search: string;
  readonly body: Buffer;
  /** In milliseconds since 1970. */
  readonly receivedAt: number;
}

/** serverless-offline encodes these bodies as base64. */
const binaryTypes = ['application/octet-stream', 'multipart/form-data'];

/**
 * Creates the event of a request, payload format 2.0, as serverless-offline does. A test compares both.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function createEvent({
  request,
  route,
  pathParameters,
  path,
  search,
  body,
  receivedAt,
}: ReceivedRequest) {
  const headers = joinedHeaders(request.rawHeaders);
  const parameters = search === '' ? undefined : new URLSearchParams(search);
  const isBase64Encoded = body.length > 0 && !isText(body, headers['content-type']);
  if (body.length > 0) {
    headers['content-length'] ??= `${body.length}`;
    headers['content-type'] ||= 'application/json'; // as serverless-offline does
  }
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: parameters?.toString() ?? '',
    headers,
    queryStringParameters: parameters === undefined ? null : joinedParameters(parameters),
    requestContext: {
      accountId: 'offlineContext_accountId',
      apiId: 'offlineContext_apiId',
      domainName: 'offlineContext_domainName',
      domainPrefix: 'offlineContext_domainPrefix',
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: request.socket.remoteAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      operationName: undefined,
      requestId: 'offlineContext_resourceId',
      routeKey: route.routeKey,
      stage: '$default',
      time: commonLogTime(receivedAt),
      timeEpoch: receivedAt,
    },
    body: body.length === 0 ? null : body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    pathParameters,
    isBase64Encoded,
    stageVariables: null,
  };
}

/** Returns the headers with names in lower case. */
function joinedHeaders(rawHeaders: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    append(headers, rawHeaders[at]?.toLowerCase() ?? '', rawHeaders[at + 1] ?? '');
  }
  return Object.fromEntries(headers);
}

function joinedParameters(parameters: URLSearchParams): Record<string, string> | null {
  const joined = new Map<string, string>();
  for (const [name, value] of parameters) {
    append(joined, name, value);
  }
  return joined.size === 0 ? null : Object.fromEntries(joined);
}

/** API Gateway joins repeated values with a comma. */
function append(values: Map<string, string>, name: string, value: string): void {
  const earlier = values.get(name);
  values.set(name, earlier === undefined ? value : `${earlier},${value}`);
}

/** API Gateway encodes bytes that are not text as base64. */
const isText = (body: Buffer, contentType = ''): boolean =>
  !binaryTypes.some((type) => contentType.includes(type)) && isUtf8(body);

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `30/Nov/2026:09:05:01 +0000`: https://httpd.apache.org/docs/2.4/logs.html#common */
function commonLogTime(milliseconds: number): string {
  const iso = new Date(milliseconds).toISOString();
  const month = months[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
