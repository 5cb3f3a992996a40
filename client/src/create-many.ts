import { isObject, isRetryable } from './answer.ts';
import { bulkLimits, chunkBody, type Part, splitIntoChunks } from './chunks.ts';
import { type ErrorCode, type ErrorFields, type FieldError, OrderlyError } from './errors.ts';
import { idempotencyKeyFor, invalidArgument, toJson } from './input.ts';
import type { CreateManyOptions } from './options.ts';
import type { AcceptedOrder, BulkAnswer, BulkResult, NewOrder } from './orders.ts';
import type { Send } from './request.ts';

/** The result of one order of `createMany`: the accepted order, or why it was not accepted. */
export type OrderResult =
  | { readonly order: AcceptedOrder; readonly error?: undefined }
  | { readonly order?: undefined; readonly error: OrderlyError };

/** Sends one request. `name` distinguishes its key from those of the call's other requests. */
type SendChunk = (chunk: readonly Part[], name: string) => Promise<BulkAnswer>;

const DEFAULT_CONCURRENCY = 4;
/** The rest of a key is for the number of the request. */
const LONGEST_KEY = 240;

/**
 * Creates any number of orders in requests within the server's limits. Returns one result per order, in the order of
 * the list. Does not reject when the signal aborts: orders without an answer have the error `aborted`.
 *
 * If several orders have one id, only the first is sent, because only one could take effect.
 */
export async function createMany(
  send: Send,
  orders: readonly NewOrder[],
  { idempotencyKey, concurrency = DEFAULT_CONCURRENCY, ...options }: CreateManyOptions,
): Promise<OrderResult[]> {
  if (!(concurrency >= 1)) {
    throw invalidArgument('concurrency must be at least 1. Nothing was sent.');
  }
  if (!Array.isArray(orders)) {
    throw invalidArgument('orders must be an array. Nothing was sent.');
  }
  const key = idempotencyKeyFor(idempotencyKey, LONGEST_KEY);
  const parts = Array.from(orders, (order, index) => ({ index, json: toJson(order, `Order ${index}`) }));
  const sendChunk: SendChunk = (chunk, name) =>
    send<BulkAnswer>(
      {
        method: 'POST',
        path: '/api/orders/bulk',
        body: chunkBody(chunk),
        key: key === undefined ? undefined : `${key}/${name}`,
        member: 'results',
        isPartial: ({ results }) => results.some((result) => 'code' in result && isRetryable(result.code)),
      },
      options,
    );

  const outcomes = rejectRepeatedIds(orders);
  const unique = parts.filter(({ index }) => !outcomes.has(index));
  const chunks = splitIntoChunks(unique, bulkLimits);
  const remaining = chunks.entries(); // shared by the workers
  const work = async (): Promise<void> => {
    for (const [number, chunk] of remaining) {
      for (const [index, outcome] of await sendWithoutFaulty(sendChunk, chunk, number)) {
        outcomes.set(index, outcome);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, chunks.length) }, work));
  return orders.map(({ order_id: orderId }, index) => {
    const outcome = outcomes.get(index) ?? outcomeOf(undefined);
    return outcome instanceof OrderlyError
      ? { error: changed(outcome, { orderId: outcome.orderId ?? orderId, idempotencyKey: key }) }
      : { order: outcome };
  });
}

type Outcome = AcceptedOrder | OrderlyError;

/** Returns an error for each order with the id of an earlier one. The server does the same within a request. */
function rejectRepeatedIds(orders: readonly NewOrder[]): Map<number, Outcome> {
  const firstIndex = new Map<string, number>();
  const outcomes = new Map<number, Outcome>();
  for (const [index, { order_id: orderId }] of orders.entries()) {
    const first = orderId === undefined ? undefined : firstIndex.get(orderId);
    if (first !== undefined) {
      const fault = { path: 'order_id', message: `repeats the id of order ${first} of this call` };
      outcomes.set(index, faultyOrder('validation_failed', [fault], {}));
    } else if (orderId !== undefined) {
      firstIndex.set(orderId, index);
    }
  }
  return outcomes;
}

/**
 * Sends a chunk. The server rejects a whole request for one faulty order: the faulty orders get their errors, and the
 * others are sent again without them.
 */
async function sendWithoutFaulty(
  sendChunk: SendChunk,
  chunk: readonly Part[],
  number: number,
): Promise<[number, Outcome][]> {
  const outcomes: [number, Outcome][] = [];
  let unsettled = chunk;
  for (let round = 0; unsettled.length > 0; round += 1) {
    const sent = unsettled;
    const settled = await settleChunk(sendChunk, sent, `${number}.${round}`);
    unsettled = sent.filter((_, position) => settled[position] === undefined);
    for (const [position, { index }] of sent.entries()) {
      const outcome = settled[position];
      if (outcome !== undefined) {
        outcomes.push([index, outcome]);
      }
    }
  }
  return outcomes;
}

/**
 * Returns an outcome for each order of a chunk; `undefined` for one without fault beside a faulty one. A server with a
 * limit of orders a minute rejects a larger request and names the limit: the chunk is then sent in parts.
 */
async function settleChunk(
  sendChunk: SendChunk,
  chunk: readonly Part[],
  name: string,
): Promise<(Outcome | undefined)[]> {
  try {
    const { results } = await sendChunk(chunk, name);
    return chunk.map((_, position) => outcomeOf(results[position]));
  } catch (error) {
    const most = maxOrdersOf(error);
    if (!(most < chunk.length)) {
      return outcomesOfFailure(error, chunk.length);
    }
    const settled: (Outcome | undefined)[] = [];
    for (let start = 0; start < chunk.length; start += most) {
      const part = chunk.slice(start, start + most);
      settled.push(...(await settleChunk(sendChunk, part, `${name}.${start}`)));
    }
    return settled;
  }
}

/** Returns the most orders that the server takes in one request; NaN if the error is another one. */
function maxOrdersOf(error: unknown): number {
  const most = error instanceof OrderlyError ? error.problem.max_orders : undefined;
  return typeof most === 'number' && most >= 1 ? Math.floor(most) : Number.NaN;
}

function outcomeOf(result: BulkResult | undefined): Outcome {
  if (result === undefined) {
    const message =
      'The answer has no result for the order. Repeat the call with the idempotencyKey of this error.';
    return new OrderlyError('invalid_response', message, { retryable: true });
  }
  if ('code' in result) {
    const { code, detail, order_id: orderId } = result;
    return new OrderlyError(code, `${code}: ${detail}`, { orderId, retryable: isRetryable(code) });
  }
  const { index: _, ...order } = result;
  return order;
}

/** Returns an outcome for each order of a failed request; `undefined` for one without fault beside a faulty one. */
function outcomesOfFailure(error: unknown, count: number): (Outcome | undefined)[] {
  if (!(error instanceof OrderlyError)) {
    throw error;
  }
  const { code, status, requestId, problem } = error;
  const faults = error.errors.flatMap(({ path, message }) => {
    const [, position, field = ''] = /^(\d+)(?:\.(.*))?$/.exec(path) ?? [];
    return Number(position) < count ? [{ position: Number(position), path: field, message }] : [];
  });
  const results = Array.isArray(problem.results) ? problem.results : [];
  return Array.from({ length: count }, (_, position) => {
    if (faults.length === 0) {
      return changed(error, { orderId: orderIdOf(results[position]) });
    }
    const own = faults.filter((fault) => fault.position === position);
    return own.length === 0 ? undefined : faultyOrder(code, own, { status, requestId });
  });
}

const orderIdOf = (result: unknown): string | undefined =>
  isObject(result) && typeof result.order_id === 'string' ? result.order_id : undefined;

function faultyOrder(code: ErrorCode, faults: readonly FieldError[], fields: ErrorFields): OrderlyError {
  const errors = faults.map(({ path, message }) => ({ path, message }));
  const list = errors.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  return new OrderlyError(code, `${code}: the order was not accepted: ${list}.`, { ...fields, errors });
}

const changed = (error: OrderlyError, fields: ErrorFields): OrderlyError =>
  new OrderlyError(error.code, error.message, { ...error, cause: error.cause, ...fields });
