import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { version } from '../config/version.ts';
import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { StartedAttempt } from '../observability/flow-events.ts';
import { observe } from '../observability/observe.ts';
import { currentTraceparent } from '../observability/traces/current-trace.ts';
import { parseTraceparent } from '../observability/traces/traceparent.ts';
import { lastHeader } from '../orders/command.ts';
import { fromCents } from '../orders/money.ts';
import type { OrderContent } from '../orders/order.ts';
import type { Clock } from '../time/clock.ts';
import type { Attempt, CallResult } from './attempt.ts';
import type { FulfilmentRequest } from './fulfilment-request.ts';
import { readResponse } from './webhook-response.ts';

export interface Receiver {
  /** http or https. */
  readonly url: string;
  /** `whsec_` and base64: the key of the signatures. */
  readonly secret: string;
}

export interface Webhook extends Disposable {
  /** Never rejects. Resolves after `timeoutMs` at the latest, and leaves nothing pending. */
  call(attempt: Attempt, timeoutMs: number): Promise<CallResult>;
}

/** A longer response contains no reason. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Creates a client for the receiver with its own connections, which it closes when disposed. A connection kept
 * while the process is frozen may be dead afterwards. `fetch` is not used, because its connections cannot be
 * closed.
 */
export function createWebhook({ url, secret }: Receiver, clock: Clock): Webhook {
  const target = new URL(url);
  const client = target.protocol === 'https:' ? https : http;
  const agent = new client.Agent({ keepAlive: true });

  async function post(attempt: Attempt, timeoutMs: number): Promise<Exchange> {
    const body = JSON.stringify(fulfilmentRequest(attempt.order));
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    try {
      const request = client.request(target, {
        method: 'POST',
        agent,
        signal: timeout.signal,
        headers: {
          'content-type': 'application/json',
          'user-agent': `orderly/${version}`,
          'idempotency-key': attempt.order.orderId,
          ...signatureHeaders(attempt.order.orderId, body, secret, clock()),
          ...traceContext(attempt),
        },
      });
      return await exchange(request, body, timeout.signal);
    } catch (error) {
      const reason = timeout.signal.aborted ? `no response within ${timeoutMs} ms` : describe(error);
      return { status: undefined, result: { kind: 'retryable', reason } };
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    call: async (attempt, timeoutMs) => {
      const { order, attempts, record } = attempt;
      const { result } = await observe(
        'attempt.called',
        { orderId: order.orderId, attempt: attempts, record, receiver: addressOf(target) },
        () => post(attempt, timeoutMs),
        ({ status, result: ended }) => ({ status, ...ended }),
      );
      return result;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** A request and its response. */
interface Exchange {
  /** Undefined without a response. */
  readonly status: number | undefined;
  readonly result: CallResult;
}

async function exchange(request: http.ClientRequest, body: string, timeout: AbortSignal): Promise<Exchange> {
  request.on('error', () => undefined); // the response reports errors that come after it
  // Node emits no response and no error for status 101, nor for a request that it destroys.
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    request.emit('error', new Error('the receiver asked to switch protocols'));
  });
  const responded = once(request, 'response', { signal: timeout });
  request.end(body);
  const [response]: http.IncomingMessage[] = await responded;
  if (response === undefined) {
    throw new Error('no response');
  }
  const { statusCode: status = 0 } = response;
  return { status, result: readResponse(status, await readBody(response)) };
}

/** Returns the body, or an empty text for a body that is too long. Leaving the loop closes the connection. */
async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) {
      return '';
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function fulfilmentRequest(order: OrderContent): FulfilmentRequest {
  return {
    order_id: order.orderId,
    customer_id: order.customerId,
    product_id: order.productId,
    quantity: order.quantity,
    price: fromCents(order.priceCents),
    total_amount: fromCents(order.totalCents),
    created_at: new Date(order.createdAt).toISOString(),
  };
}

const addressOf = ({ protocol, hostname, port }: URL): StartedAttempt['receiver'] => ({
  address: hostname,
  port: Number(port) || (protocol === 'https:' ? 443 : 80),
});

/** Continues the trace of the order: with the span of this call, or else with the valid header of the record. */
function traceContext({ record }: Attempt): { traceparent?: string } {
  const traceparent = currentTraceparent() ?? lastHeader(record, 'traceparent')?.toString('latin1');
  return traceparent !== undefined && parseTraceparent(traceparent) !== undefined ? { traceparent } : {};
}

function describe(error: unknown): string {
  const code = Error.isError(error) && 'code' in error ? error.code : error;
  return sanitizeMessage(`the connection failed (${code})`);
}

/** The headers of a signed message: https://www.standardwebhooks.com */
export interface SignatureHeaders {
  readonly 'webhook-id': string;
  /** Seconds since the epoch. */
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

const SECRET_PREFIX = 'whsec_';

/** Signs id, time and body with a secret of the form `whsec_` and base64. `now` is in milliseconds. */
export function signatureHeaders(id: string, body: string, secret: string, now: number): SignatureHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
