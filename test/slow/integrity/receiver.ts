import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import type { Journal, ReceiverCall } from './journal.ts';
import { type Behaviour, type BehaviourRates, behaviourOf, isRejected } from './receiver-behaviour.ts';
import { isSigned } from './receiver-signature.ts';

export interface ReceiverOptions extends Partial<BehaviourRates> {
  readonly journal: Journal;
  readonly seed: number;
  readonly port: number;
  /** `whsec_…` */
  readonly secret: string;
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** Replaces the rates for later calls. */
  setBehaviour(rates: Partial<BehaviourRates>): void;
  close(): Promise<void>;
}

/** Reason of rejected orders, which they must store. */
export const REJECTION_REASON = 'out of stock';

/** Longer than a batch of orders waits for its calls, shorter than the timeout of a retry. */
const LATE_MS = 3_000;

const orderBody = z.object({
  order_id: z.string(),
  customer_id: z.string(),
  product_id: z.string(),
  quantity: z.number(),
  price: z.number(),
  created_at: z.string(),
});

/**
 * A correct but unreliable fulfilment service. It checks signatures, and repeats its answer under the same idempotency
 * key. It decides by the id of the order, so that the final status of every order is known.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { journal, seed, port, secret } = options;
  let rates: BehaviourRates = { failRate: options.failRate ?? 0.05, hangRate: options.hangRate ?? 0.01 };
  const callsOf = new Map<string, number>();
  const effects = new Map<string, NonNullable<ReceiverCall['effect']>>();

  const receive = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const beganAt = Date.now();
    const body = await buffer(request);
    const order = parseOrder(body);
    const call: ReceiverCall = {
      orderId: order?.order_id ?? '',
      idempotencyKey: String(request.headers['idempotency-key']),
      isSigned: isSigned(request.headers, body, secret),
      sentAt: sentAt(request, beganAt),
      beganAt,
      endedAt: null,
      answer: 'hung',
      effect: null,
    };
    journal.beginCall(call);
    response.once('close', () => journal.endCall(call));
    if (!call.isSigned || order === undefined) {
      answer(response, call, call.isSigned ? 400 : 401);
      return;
    }
    const number = (callsOf.get(order.order_id) ?? 0) + 1;
    callsOf.set(order.order_id, number);
    const behaviour = behaviourOf(seed, order.order_id, number, rates);
    if (behaviour === 'hang') {
      return;
    }
    if (behaviour === 'fail') {
      answer(response, call, 500);
      return;
    }
    const effect = {
      status: isRejected(seed, order.order_id) ? 422 : 200,
      content: JSON.stringify([
        order.customer_id,
        order.product_id,
        order.quantity,
        order.price,
        order.created_at,
      ]),
    };
    // A known key repeats its answer. The journal gets the effect without the key, for the checker.
    const kept = effects.get(call.idempotencyKey) ?? effect;
    effects.set(call.idempotencyKey, kept);
    call.effect = effect;
    finish(response, call, behaviour, kept.status);
  };

  const server = http.createServer((request, response) => {
    receive(request, response).catch(() => response.destroy()); // cut off before its body arrived
  });
  server.listen(port, LOCAL_HOST);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://${LOCAL_HOST}:${port}/fulfil`,
    setBehaviour: (changed) => {
      rates = { ...rates, ...changed };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The end of the second in which a call was signed, or when it is handled if that is earlier. */
function sentAt({ headers }: http.IncomingMessage, handledAt: number): number {
  const seconds = Number(headers['webhook-timestamp']);
  return Number.isNaN(seconds) ? handledAt : Math.min(seconds * 1_000 + 999, handledAt);
}

function finish(
  response: http.ServerResponse,
  call: ReceiverCall,
  behaviour: Behaviour,
  status: number,
): void {
  switch (behaviour) {
    case 'cut':
      call.answer = 'cut';
      response.destroy();
      return;
    case 'late':
      setTimeout(() => answer(response, call, status), LATE_MS).unref();
      return;
    default:
      answer(response, call, status);
  }
}

function answer(response: http.ServerResponse, call: ReceiverCall, status: number): void {
  if (response.destroyed) {
    return;
  }
  call.answer = status;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(status === 422 ? { reason: REJECTION_REASON } : {}));
}

function parseOrder(body: Buffer): z.infer<typeof orderBody> | undefined {
  try {
    return orderBody.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
}
