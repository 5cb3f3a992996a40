import http from 'node:http';
import { type Answer, readAnswer } from './answer.ts';
import type { LoadOrder } from './load-orders.ts';

/** API Gateway gives up then, so nobody has to wait longer. */
const ANSWER_TIMEOUT_MS = 30_000;

export interface OrderSender extends Disposable {
  /** Never rejects: what went wrong is the answer's errors. */
  send(orders: readonly LoadOrder[]): Promise<Answer>;
}

/**
 * Sends orders over connections that are kept alive; a request waits when all are in use. `node:http` and
 * not `fetch`: measured on the machine of docs/load-tests.md, 0.1 ms of CPU for a request instead of 0.35.
 */
export function createOrderSender(options: {
  readonly apiUrl: string;
  readonly bulk: boolean;
  readonly connections: number;
}): OrderSender {
  // With a timeout of its own the agent also minds the server's hint how long an idle connection lasts; without, it
  // now and then sends over one that is being closed.
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
