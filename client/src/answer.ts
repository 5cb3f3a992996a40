import { retryAfterMs } from './back-off.ts';
import { type ErrorCode, type ErrorFields, type FieldError, problemCodes } from './errors.ts';
import type { FetchResponse } from './options.ts';

/** A failed attempt. */
export interface Failure extends ErrorFields {
  readonly code: ErrorCode;
  /** Describes the failure and its remedy. */
  readonly detail: string;
  /** True if the client sends the request again. */
  readonly retry: boolean;
}

const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textIn = (object: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Describes an answer that is not the result of the call. The body may be a problem, API Gateway's `{"message"}`, a
 * proxy's HTML, or a part of any of them.
 */
export function readFailure({ status, headers }: FetchResponse, body: unknown, nowMs: number): Failure {
  const problem = isObject(body) ? body : {};
  const fields = {
    status: status === 0 ? undefined : status,
    requestId: textIn(problem, 'request_id') ?? headers.get('x-request-id') ?? undefined,
    orderId: textIn(problem, 'order_id'),
    errors: readErrors(problem.errors),
    retryAfterMs: retryAfterMs(headers.get('retry-after'), nowMs),
    problem,
  };
  if (status === 0 || (status >= 300 && status < 400)) {
    const target = headers.get('location');
    const detail = `The server redirects${target === null ? '' : ` to ${target}`}. Set baseUrl to the address that answers.`;
    return { ...fields, code: 'http_error', detail, retry: false };
  }
  const retry = RETRIED_STATUSES.has(status);
  if (status < 300) {
    const detail =
      'The answer is not the JSON of this operation. Check that baseUrl is the address of Orderly.';
    return { ...fields, code: 'invalid_response', detail, retry: true, retryable: true };
  }
  const code = textIn(problem, 'code');
  const detail = textIn(problem, 'detail') ?? textIn(problem, 'message') ?? explain(status, headers);
  return { ...fields, code: code ?? 'http_error', detail, retry, retryable: isRetryable(code) ?? retry };
}

/** Returns whether a call can succeed later after this problem; `undefined` for an unknown code. */
export const isRetryable = (code: string | undefined): boolean | undefined =>
  Object.entries(problemCodes).find(([known]) => known === code)?.[1];

function explain(status: number, headers: FetchResponse['headers']): string {
  const type = headers.get('content-type') ?? 'no content type';
  return status === 429
    ? 'Too many requests. Send fewer, or wait longer.'
    : `The answer has no explanation (${type}): it may come from a proxy.`;
}

const readErrors = (value: unknown): FieldError[] =>
  (Array.isArray(value) ? value : []).flatMap((error: unknown) =>
    isObject(error) && typeof error.path === 'string' && typeof error.message === 'string'
      ? [{ path: error.path, message: error.message }]
      : [],
  );
