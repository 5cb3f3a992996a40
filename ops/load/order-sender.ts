import { type AcceptedOrder, createClient, OrderlyError } from '../../client/src/index.ts';
import { createKeepAliveFetch } from './keep-alive-fetch.ts';
import type { LoadOrder } from './load-orders.ts';

/** The result of each order of one request. */
export interface Answer {
  /** The ids of acknowledged orders. */
  readonly acknowledged: readonly string[];
  /** One reason for each other order: `503 kafka_unavailable`. */
  readonly errors: readonly string[];
}

export interface OrderSender extends Disposable {
  /** Never rejects: failures are errors in the answer. */
  send(orders: readonly LoadOrder[]): Promise<Answer>;
}

/**
 * Sends each request once and without an Idempotency-Key: a retry would hide failures, and a key costs the server two
 * statements.
 */
export function createOrderSender(options: {
  readonly apiUrl: string;
  readonly bulk: boolean;
  readonly connections: number;
}): OrderSender {
  const transport = createKeepAliveFetch(options.connections);
  const client = createClient({
    baseUrl: options.apiUrl,
    fetch: transport.fetch,
    // The transport's timeout begins when a connection is free.
    timeoutMs: Number.POSITIVE_INFINITY,
    attemptTimeoutMs: Number.POSITIVE_INFINITY,
  });
  const once = { idempotencyKey: false } as const;
  const createOne = (order: LoadOrder): Promise<Result> =>
    client.create(order, once).then(
      (accepted) => ({ order: accepted }),
      (error: unknown) => ({ error }),
    );
  return {
    send: async (orders) => {
      const results = options.bulk
        ? await client.createMany(orders, once)
        : await Promise.all(orders.map(createOne));
      return readResults(orders, results);
    },
    [Symbol.dispose]: transport[Symbol.dispose],
  };
}

interface Result {
  readonly order?: AcceptedOrder | undefined;
  readonly error?: unknown;
}

/** An order with the id of another one is not acknowledged. */
function readResults(orders: readonly LoadOrder[], results: readonly Result[]): Answer {
  const acknowledged: string[] = [];
  const errors: string[] = [];
  for (const [index, { order_id: orderId }] of orders.entries()) {
    const { order, error } = results[index] ?? {};
    if (order?.order_id === orderId) {
      acknowledged.push(orderId);
    } else {
      errors.push(error === undefined ? 'acknowledged with another order_id' : reasonOf(error));
    }
  }
  return { acknowledged, errors };
}

/** Returns the status and code of an answer; without an answer, the reason of the network: `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof OrderlyError)) {
    return String(error);
  }
  const { status, code, cause } = error;
  if (status !== undefined) {
    return `${status} ${code}`;
  }
  if (!Error.isError(cause)) {
    return code;
  }
  return 'code' in cause ? String(cause.code) : cause.message;
}
