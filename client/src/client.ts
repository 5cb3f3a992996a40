import { createMany, type OrderResult } from './create-many.ts';
import { idempotencyKeyFor, invalidArgument, orderPath, toJson } from './input.ts';
import { listOrders, type OrderList, queryOf } from './list.ts';
import type {
  CallOptions,
  ClientOptions,
  CreateManyOptions,
  GetOptions,
  WaitOptions,
  WriteOptions,
} from './options.ts';
import type {
  AcceptedCancel,
  AcceptedOrder,
  Health,
  NewOrder,
  Order,
  OrderFilter,
  OrderHistory,
} from './orders.ts';
import { type Connection, type Send, sendRequest } from './request.ts';
import { createRunningCalls } from './running-calls.ts';
import { waitFor } from './wait-for.ts';

/** Every method rejects with an `OrderlyError`. */
export interface OrderlyClient extends AsyncDisposable {
  /** Creates an order: `POST /api/orders`. Resolves once Kafka has acknowledged it. */
  create(order: NewOrder, options?: WriteOptions): Promise<AcceptedOrder>;
  /** Creates any number of orders by `POST /api/orders/bulk`. Resolves with one result per order, in their order. */
  createMany(orders: readonly NewOrder[], options?: CreateManyOptions): Promise<OrderResult[]>;
  /** Reads an order: `GET /api/orders/{order_id}`. */
  get(orderId: string, options?: GetOptions): Promise<Order>;
  /** Lists stored orders, newest first: `GET /api/orders`. */
  list(filter?: OrderFilter, options?: CallOptions): OrderList;
  /** Reads how an order got its status: `GET /api/orders/{order_id}/history`. */
  history(orderId: string, options?: CallOptions): Promise<OrderHistory>;
  /** Requests a cancel: `POST /api/orders/{order_id}/cancel`. The order's history contains its outcome. */
  cancel(orderId: string, options?: WriteOptions): Promise<AcceptedCancel>;
  /** Waits for the end status of an order: COMPLETED, FAILED or CANCELLED. */
  waitFor(orderId: string, options?: WaitOptions): Promise<Order>;
  /** Reads the state of the system once: `GET /api/health`. `unhealthy` is a result and not an error. */
  health(options?: CallOptions): Promise<Health>;
  /** Aborts every running call and resolves when all have ended. Later calls are rejected. `await using` calls it. */
  close(): Promise<void>;
}

/** @throws OrderlyError `invalid_argument` for an address that is no base of URLs, or a negative number. */
export function createClient(options: ClientOptions): OrderlyClient {
  const connection = connectionOf(options);
  const { run, close } = createRunningCalls();
  const send: Send = (request, callOptions) =>
    run((closed) => sendRequest(connection, request, callOptions, closed));

  const get: OrderlyClient['get'] = async (orderId, { waitSeconds, ...callOptions } = {}) => {
    const path = `${orderPath(orderId)}${queryOf({ wait: waitSeconds })}`;
    const waitMs = (waitSeconds ?? 0) * 1_000;
    return send<Order>({ method: 'GET', path, member: 'status', orderId, waitMs }, callOptions);
  };
  return {
    create: async (order, { idempotencyKey, ...callOptions } = {}) => {
      const key = idempotencyKeyFor(idempotencyKey);
      const body = toJson(order);
      const orderId = order.order_id;
      const path = '/api/orders';
      return send<AcceptedOrder>(
        { method: 'POST', path, body, key, member: 'order_id', orderId },
        callOptions,
      );
    },
    createMany: (orders, callOptions = {}) => run(() => createMany(send, orders, callOptions)),
    get,
    list: (filter = {}, callOptions = {}) => listOrders(send, filter, callOptions),
    history: async (orderId, callOptions = {}) => {
      const path = `${orderPath(orderId)}/history`;
      return send<OrderHistory>({ method: 'GET', path, member: 'history', orderId }, callOptions);
    },
    cancel: async (orderId, { idempotencyKey, ...callOptions } = {}) => {
      const key = idempotencyKeyFor(idempotencyKey);
      const path = `${orderPath(orderId)}/cancel`;
      return send<AcceptedCancel>({ method: 'POST', path, key, member: 'event_id', orderId }, callOptions);
    },
    waitFor: (orderId, waitOptions = {}) => run((closed) => waitFor(get, orderId, waitOptions, closed)),
    health: async (callOptions = {}) => {
      const once = { attempts: 1, resultStatus: 503 };
      return send<Health>(
        { method: 'GET', path: '/api/health', member: 'dependencies', ...once },
        callOptions,
      );
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function connectionOf(options: ClientOptions): Connection {
  const { baseUrl, token, timeoutMs = 60_000, attemptTimeoutMs = 10_000, retry = {} } = options;
  const isAddress = /^(https?:\/\/[^\s/?#@]+)?(\/[^\s?#]*)?$/.test(baseUrl);
  if (!isAddress || !URL.canParse(baseUrl, 'http://localhost')) {
    throw invalidArgument(
      `baseUrl is ${JSON.stringify(baseUrl)}. It must be an http or https URL without user, query and fragment.`,
    );
  }
  const { attempts = 4, baseMs = 200, maxPauseMs = 10_000 } = retry;
  for (const [name, value] of Object.entries({ timeoutMs, attemptTimeoutMs, attempts, baseMs, maxPauseMs })) {
    if (!(value >= 0)) {
      throw invalidArgument(`${name} is ${value}. It must be a number that is not negative.`);
    }
  }
  return {
    baseUrl: baseUrl.replace(/\/+$/, ''),
    token,
    // Browsers do not let `fetch` be the method of another object. Late, so that tests can replace the global one.
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timeoutMs,
    attemptTimeoutMs,
    retry: { attempts, baseMs, maxPauseMs },
  };
}
