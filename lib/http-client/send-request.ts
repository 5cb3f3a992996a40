import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';

export interface RequestOptions {
  /** Default: GET. */
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request and reads the answer, within `timeoutMs`. The connection is closed afterwards: the next request comes
 * minutes later, possibly after a freeze. A DNS lookup without a response continues in the background, because Node cannot
 * abort one. Redirects are not followed.
 * @throws Error without an answer in time, or if it has more than `maxBytes`.
 */
export async function sendRequest(
  url: string,
  { method = 'GET', headers, body, timeoutMs, maxBytes }: RequestOptions,
): Promise<Answer> {
  const client = url.startsWith('https:') ? https : http;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const request = client.request(url, { method, agent: false, signal: timeout.signal, headers });
    request.on('error', () => undefined); // the response reports errors that come after it
    request.end(body);
    const [response]: http.IncomingMessage[] = await once(request, 'response', { signal: timeout.signal });
    if (response === undefined) {
      throw new Error('there is no answer');
    }
    return { status: response.statusCode ?? 0, text: await readText(response, maxBytes) };
  } catch (error) {
    throw timeout.signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Leaving the loop early closes the connection. */
async function readText(response: http.IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new Error(`the answer has more than ${maxBytes} bytes`);
    }
  }
  return Buffer.concat(chunks).toString('utf8');
}
