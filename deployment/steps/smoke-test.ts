import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

export interface SmokeOptions {
  /** Without a slash at its end. */
  readonly apiUrl: string;
  /** True if the API accepts requests without a token. */
  readonly isOpen: boolean;
  /** True if the smoke test also sends an order. */
  readonly sendsOrder: boolean;
  /** A token with the scopes orders:write and orders:read; undefined for requests without a token. */
  readonly token: string | undefined;
  /** Timeouts until a new release is healthy, and until it has stored an order. */
  readonly healthTimeoutMs: number;
  readonly orderTimeoutMs: number;
}

/** Between two attempts: a new DNS name, a first call or a new mapping may need time. */
const INTERVAL_MS = 2_000;
const REQUEST_TIMEOUT_MS = 29_000;

/** The rules complete an order of this size. A receiver can recognize it by its customer. */
const order = { customer_id: 'smoke-test', product_id: 'smoke-test', quantity: 1, price: 0.01 };

/**
 * Checks that the deployed API is healthy and rejects requests without a token. Optionally sends an order and waits
 * until it is COMPLETED.
 * @returns a line for each result.
 * @throws OrderlyError with the unexpected answer.
 */
export async function smokeTest(options: SmokeOptions): Promise<string[]> {
  const { apiUrl, sendsOrder } = options;
  let seen = 'nothing';
  const isHealthy = await pollUntil(
    async () => {
      const answer = await ask(`${apiUrl}/api/health`);
      seen = answer.seen;
      return answer.status === 200;
    },
    { intervalMs: INTERVAL_MS, timeoutMs: options.healthTimeoutMs },
  );
  if (!isHealthy) {
    throw new OrderlyError(
      'deployment',
      `${apiUrl}/api/health is not healthy after ${options.healthTimeoutMs / 1_000} s. It answered: ${seen}`,
    );
  }
  if (!options.isOpen) {
    await assertRejected(`${apiUrl}/api/orders`);
  }
  return ['healthy', ...(sendsOrder ? [await followOrder(options)] : [])];
}

/** Without the check of tokens, every client could read all orders of a stage. */
async function assertRejected(url: string): Promise<void> {
  const { status, seen } = await ask(url);
  if (status !== 401) {
    throw new OrderlyError(
      'deployment',
      `GET ${url} without a token must be answered with 401, but was: ${seen}`,
    );
  }
}

async function followOrder({ apiUrl, token, orderTimeoutMs }: SmokeOptions): Promise<string> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const startedAt = performance.now();
  const accepted = await ask(`${apiUrl}/api/orders`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  const orderId = accepted.status === 202 ? fieldOf(accepted.body, 'order_id') : undefined;
  if (orderId === undefined) {
    throw new OrderlyError('deployment', `POST ${apiUrl}/api/orders was not accepted: ${accepted.seen}`);
  }
  let status: string | undefined;
  let seen = 'nothing';
  await pollUntil(
    async () => {
      const answer = await ask(`${apiUrl}/api/orders/${orderId}?wait=20`, { headers });
      seen = answer.seen;
      status = answer.status === 200 ? fieldOf(answer.body, 'status') : undefined;
      return status !== undefined && status !== 'PROCESSING' && status !== 'PENDING';
    },
    { intervalMs: INTERVAL_MS, timeoutMs: orderTimeoutMs },
  );
  if (status !== 'COMPLETED') {
    throw new OrderlyError(
      'deployment',
      `The order ${orderId} was accepted, but is not COMPLETED. It was last seen as: ${seen}`,
    );
  }
  return `order ${orderId} COMPLETED after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
}

interface Seen {
  /** Undefined without a response. */
  readonly status: number | undefined;
  readonly body: unknown;
  /** Status and text, for messages. */
  readonly seen: string;
}

const SHOWN_CHARACTERS = 600;

/** Never throws: a missing response is a result too. */
async function ask(url: string, init: RequestInit = {}): Promise<Seen> {
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    const text = await answer.text();
    return {
      status: answer.status,
      body: parse(text),
      seen: `${answer.status} ${text.slice(0, SHOWN_CHARACTERS)}`,
    };
  } catch (error) {
    const cause = Error.isError(error) && Error.isError(error.cause) ? error.cause : error;
    return {
      status: undefined,
      body: undefined,
      seen: `no answer (${Error.isError(cause) ? cause.message : cause})`,
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldOf(body: unknown, name: string): string | undefined {
  const value =
    typeof body === 'object' && body !== null
      ? Object.entries(body).find(([key]) => key === name)
      : undefined;
  return typeof value?.[1] === 'string' ? value[1] : undefined;
}
