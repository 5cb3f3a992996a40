import { type Failure, isObject, parseJson, readFailure } from './answer.ts';
import { pauseAfter, type RetryPolicy } from './back-off.ts';
import { pause, timedOut, within } from './deadline.ts';
import { OrderlyError } from './errors.ts';
import type { CallOptions, ClientOptions, Fetch, FetchInit } from './options.ts';

/** A client's options with their defaults. */
export interface Connection {
  readonly baseUrl: string;
  readonly token: ClientOptions['token'];
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly attemptTimeoutMs: number;
  readonly retry: RetryPolicy;
}

export interface Request<Answer> {
  readonly method: 'GET' | 'POST';
  /** With the query. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** For a write. Without a key it is sent once. */
  readonly key?: string | undefined;
  /** A member that every successful answer has. It tells our answers from others, such as a proxy's login page. */
  readonly member: keyof Answer & string;
  /** A status besides 2xx whose answer is a result. */
  readonly resultStatus?: number;
  /** Returns true for an answer that another attempt may complete. The last answer is the result. */
  readonly isPartial?: (answer: Answer) => boolean;
  /** The time for which the server may hold the answer back. */
  readonly waitMs?: number;
  /** Overrides the client's number of attempts. */
  readonly attempts?: number;
  readonly orderId?: string | undefined;
}

export type Send = <Answer>(request: Request<Answer>, options: CallOptions) => Promise<Answer>;

interface Answered<Answer> {
  readonly answer: Answer;
  /** True for a partial answer, which another attempt may complete. */
  readonly retry: boolean;
  readonly retryAfterMs?: undefined;
}

/**
 * Sends a request, and sends it again after a failure that may pass. Never sends a write without a key again. Ends when
 * the next attempt would begin after the call's deadline.
 * @throws OrderlyError
 */
export async function sendRequest<Answer>(
  connection: Connection,
  request: Request<Answer>,
  { signal, timeoutMs = connection.timeoutMs }: CallOptions,
  closed: AbortSignal,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs;
  const signals = signal === undefined ? [closed] : [closed, signal];
  const isSentOnce = request.method === 'POST' && request.key === undefined;
  const attempts = isSentOnce ? 1 : (request.attempts ?? connection.retry.attempts);
  let partial: Answered<Answer> | undefined;
  let isSent = false;
  const onSend = (): void => {
    isSent = true;
  };

  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptOnce(connection, request, signals, deadline - performance.now(), onSend);
    const pauseMs = pauseAfter(attempt, connection.retry, outcome.retryAfterMs, Math.random());
    const isLast = !outcome.retry || attempt >= attempts || !(await pauseBefore(deadline, pauseMs, signals));
    if ('answer' in outcome) {
      partial = outcome;
    } else if (isLast && partial === undefined) {
      throw callError(request, outcome, attempt, isSent);
    }
    if (isLast && partial !== undefined) {
      return partial.answer;
    }
  }
}

/** Pauses, unless the deadline is earlier. Returns whether time is left: a busy program may wake up too late. */
async function pauseBefore(
  deadline: number,
  pauseMs: number,
  signals: readonly AbortSignal[],
): Promise<boolean> {
  if (performance.now() + pauseMs >= deadline) {
    return false;
  }
  await pause(pauseMs, signals).catch(() => {}); // the next attempt reports the abort
  return performance.now() < deadline;
}

async function attemptOnce<Answer>(
  connection: Connection,
  request: Request<Answer>,
  signals: readonly AbortSignal[],
  remainingMs: number,
  onSend: () => void,
): Promise<Answered<Answer> | Failure> {
  const timeoutMs = Math.min(connection.attemptTimeoutMs + (request.waitMs ?? 0), remainingMs);
  try {
    return await within(timeoutMs, signals, (signal) => exchange(connection, request, signal, onSend));
  } catch (cause) {
    const [closed, signal] = signals;
    if (closed?.aborted || signal?.aborted) {
      const reason = closed?.aborted
        ? 'The client is closed.'
        : `The signal aborted the call: ${describe(cause)}.`;
      return { code: 'aborted', detail: reason, retry: false, cause };
    }
    if (cause === timedOut) {
      const detail = `No complete answer within ${Math.round(timeoutMs)} ms. Check the network, or allow more time.`;
      return { code: 'timeout', detail, retry: true, retryable: true, cause };
    }
    if (cause instanceof OrderlyError) {
      return { code: cause.code, detail: cause.message, retry: false, cause: cause.cause };
    }
    const detail = `No complete answer from ${connection.baseUrl}: ${describe(cause)}. Check the address and the network.`;
    return { code: 'network_error', detail, retry: true, retryable: true, cause };
  }
}

async function exchange<Answer>(
  { baseUrl, token, fetch }: Connection,
  { method, path, body, key, member, resultStatus, isPartial }: Request<Answer>,
  signal: AbortSignal,
  onSend: () => void,
): Promise<Answered<Answer> | Failure> {
  const bearer = typeof token === 'function' ? await readToken(token) : token;
  if (bearer !== undefined) {
    assertSendable(bearer);
  }
  const init: FetchInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body }),
    signal,
    // A followed redirect would turn a POST into a GET.
    redirect: 'manual',
  };
  signal.throwIfAborted();
  onSend();
  const response = await fetch(`${baseUrl}${path}`, init);
  const { status } = response;
  const json = parseJson(await response.text());
  const isResult = (status >= 200 && status < 300) || status === resultStatus;
  return isResult && hasMember<Answer>(json, member)
    ? { answer: json, retry: isPartial?.(json) ?? false }
    : readFailure(response, json, Date.now());
}

async function readToken(token: () => string | Promise<string>): Promise<string> {
  try {
    return await token();
  } catch (cause) {
    throw new OrderlyError('token_unavailable', `The token function failed: ${describe(cause)}`, { cause });
  }
}

/** The error of `fetch` would contain the token. White space around it is allowed: `fetch` removes it. */
function assertSendable(token: string): void {
  if (!/^\s*[\x21-\x7e]+\s*$/.test(token)) {
    const detail = 'The token is empty, or has a character that no header can carry, such as a line break.';
    throw new OrderlyError('token_unavailable', detail);
  }
}

/** Checks one member only: a test holds the types to the server's schemas. */
const hasMember = <Answer>(value: unknown, member: keyof Answer & string): value is Answer =>
  isObject(value) && (value[member] ?? undefined) !== undefined;

/** Node's `fetch` says only "fetch failed"; its cause has the reason. */
function describe(error: unknown): string {
  if (!isObject(error) || typeof error.message !== 'string') {
    return String(error);
  }
  const cause = isObject(error.cause) ? error.cause.message || error.cause.code : undefined;
  return cause === undefined ? error.message : `${error.message} (${cause})`;
}

const ERRORS_SHOWN = 3;

/** Returns the error of a call: what happened, and what to do. */
function callError<Answer>(
  { method, path, key, orderId }: Request<Answer>,
  failure: Failure,
  attempts: number,
  isSent: boolean,
): OrderlyError {
  const { code, detail, status, errors = [], requestId } = failure;
  const times = attempts === 1 ? '' : ` after ${attempts} attempts`;
  const shown = errors.slice(0, ERRORS_SHOWN).map(({ path: field, message }) => `${field} ${message}`.trim());
  const more = errors.length > ERRORS_SHOWN ? `; and ${errors.length - ERRORS_SHOWN} more` : '';
  const isOpen = key !== undefined && isSent && (status === undefined || status < 300 || status >= 500);
  const parts = [
    `${method} ${path.split('?')[0]} failed${times}: ${status === undefined ? '' : `${status} `}${code}: ${detail}`,
    shown.length > 0 && `Faults: ${shown.join('; ')}${more}.`,
    isOpen && 'The write may have taken effect: repeat it with the idempotencyKey of this error.',
    requestId !== undefined && `Request ${requestId}.`,
  ];
  return new OrderlyError(code, parts.filter(Boolean).join(' '), {
    ...failure,
    orderId: failure.orderId ?? orderId,
    idempotencyKey: key,
  });
}
