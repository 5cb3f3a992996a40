import http from 'node:http';
import type { Fetch } from '../../client/src/index.ts';

/** API Gateway times out then, so no client waits longer. */
const ANSWER_TIMEOUT_MS = 30_000;

/** A transport for the client, and its connections. */
export interface KeepAliveFetch extends Disposable {
  readonly fetch: Fetch;
}

/**
 * Creates a transport over keep-alive connections; a request waits if all are busy. Uses `node:http` because a request
 * takes 0.1 ms of CPU time, and 0.35 ms with the global `fetch` (measured on the machine of docs/load-tests.md).
 */
export function createKeepAliveFetch(connections: number): KeepAliveFetch {
  // With a timeout, the agent also honours the server's Keep-Alive hint. Without one it
  // sometimes sends over a connection that the server is closing.
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections, timeout: ANSWER_TIMEOUT_MS });
  return {
    fetch: (url, { method, headers, body = '', signal }) =>
      new Promise((resolve, reject) => {
        const options = {
          method,
          agent,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          signal,
        };
        const request = http.request(url, options, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => {
            text += chunk;
          });
          response.once('error', reject);
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: { get: (name) => response.headers[name]?.toString() ?? null },
              text: async () => text,
            }),
          );
        });
        request.setTimeout(ANSWER_TIMEOUT_MS, () => request.destroy(new Error('no answer within 30 s')));
        request.once('error', reject);
        request.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}
