import type { ServerResponse } from 'node:http';

/**
 * Sends the result of a function, payload format 2.0. A result without `statusCode` is the body of a 200.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function sendResult(response: ServerResponse, result: unknown): void {
  const { statusCode, headers, cookies, body, isBase64Encoded } = isStructured(result)
    ? result
    : { statusCode: 200, body: typeof result === 'string' ? result : JSON.stringify(result) };
  const status = Number(statusCode);
  if (!(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new Error(`The result has the status code ${statusCode}.`);
  }
  const content = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  for (const name in headers) {
    if (!framing.has(name.toLowerCase())) {
      response.setHeader(name, `${headers[name]}`);
    }
  }
  if (cookies !== undefined) {
    response.setHeader('set-cookie', cookies);
  }
  response.end(content);
}

/** Headers that describe the connection. A wrong one would break it, so they follow from the body, as in API Gateway. */
const framing = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

interface StructuredResult {
  readonly statusCode: number | string;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

const isStructured = (result: unknown): result is StructuredResult =>
  typeof result === 'object' && result !== null && 'statusCode' in result;

/** Sends an answer of API Gateway itself. */
export function sendMessage(response: ServerResponse, statusCode: number, message: string): void {
  for (const name of response.getHeaderNames()) {
    response.removeHeader(name); // those of a result that could not be sent
  }
  sendResult(response, { statusCode, body: JSON.stringify({ message }) });
}
