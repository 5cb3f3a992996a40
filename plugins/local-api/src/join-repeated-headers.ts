import type { IncomingMessage } from 'node:http';

/**
 * Joins the values of a header that was sent twice with a comma, as API Gateway does. serverless-offline makes its event of
 * `rawHeaders`, and would pass on the last value only. It takes cookies from elsewhere. The `headers` stay as Node reads
 * them: serverless-offline's own server works with those.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function joinRepeatedHeaders(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): void {
  void request.headers; // Node reads them from `rawHeaders` with their first use
  const joined = new Map<string, string>();
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]?.toLowerCase() ?? '';
    const value = request.rawHeaders[at + 1] ?? '';
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined || name === 'cookie' ? value : `${earlier},${value}`);
  }
  request.rawHeaders = [...joined].flat();
}
