import type { IncomingMessage } from 'node:http';

/**
 * Joins the values of a repeated header with a comma, as API Gateway does. serverless-offline creates its event from
 * `rawHeaders` and would use only the last value. Cookies are excluded, because it reads them from another field. `headers`
 * stays unchanged, because the server of serverless-offline uses it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function joinRepeatedHeaders(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): void {
  void request.headers; // Node parses `rawHeaders` when `headers` is first read
  const joined = new Map<string, string>();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]?.toLowerCase() ?? '';
    const value = request.rawHeaders[at + 1] ?? '';
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined || name === 'cookie' ? value : `${earlier},${value}`);
  }
  request.rawHeaders = [...joined].flat();
}
