import http from 'node:http';
import { type Answer, readAnswer } from './answer.ts';
import type { LoadOrder } from './load-orders.ts';

/** API Gateway times out then, so no client waits longer. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface OrderSender extends Disposable {
  /** Never rejects: failures are errors in the answer. */
  send(orders: readonly LoadOrder[]): Promise<Answer>;
}

/**
 * Sends orders over keep-alive connections; a request waits if all are busy. Uses `node:http` because a request takes
 * 0.1 ms of CPU time, and 0.35 ms with `fetch` (measured on the machine of docs/load-tests.md).
 */
export function createOrderSender(options: {
  readonly apiUrl: string;
  readonly bulk: boolean;
  readonly connections: number;
}): OrderSender {
  // With a timeout, the agent also honours the server's Keep-Alive hint. Without one it
  // sometimes sends over a connection that the server is closing.
  const agent = new http.Agent({
    keepAlive: true,
    maxSockets: options.connections,
    timeout: ANSWER_TIMEOUT_MS,
  });
  const url = new URL(options.bulk ? '/api/orders/bulk' : '/api/orders', options.apiUrl);
  return {
    send: async (orders) => {
      const sentIds = orders.map(({ order_id }) => order_id);
      try {
        const { status, body } = await post(url, agent, JSON.stringify(options.bulk ? orders : orders[0]));
        return readAnswer(status, body, sentIds);
      } catch (error) {
        return { acknowledged: [], errors: sentIds.map(() => networkFault(error)) };
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function post(url: URL, agent: http.Agent, body: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.setTimeout(ANSWER_TIMEOUT_MS, () => request.destroy(new Error('no answer within 30 s')));
    request.once('error', reject);
    request.end(body);
  });
}

function networkFault(error: unknown): string {
  const hasCode = Error.isError(error) && 'code' in error;
  return hasCode ? String(error.code) : String(Error.isError(error) ? error.message : error);
}
