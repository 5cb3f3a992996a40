import { AsyncLocalStorage } from 'node:async_hooks';
import type { FactEvent, FactName } from '../flow-events.ts';
import type { InvocationTrace, OutgoingMessage, SendSpan } from './invocation-trace.ts';
import { type SpanIdentity, traceparentOf } from './traceparent.ts';

/** The position of the running code in the trace of a sampled invocation. */
export interface CurrentTrace {
  readonly trace: InvocationTrace;
  /** The innermost span; undefined where no sampled order has appeared. */
  readonly span: SpanIdentity | undefined;
}

/** Several invocations run in one process. Created with the first sampled one. */
let storage: AsyncLocalStorage<CurrentTrace | undefined> | undefined;

/** Returns the position of the running code; undefined without a sampled trace. */
export const currentTrace = (): CurrentTrace | undefined => storage?.getStore();

/** Runs work as a part of a trace. */
export function runInTrace<Result>(current: CurrentTrace, work: () => Promise<Result>): Promise<Result> {
  storage ??= new AsyncLocalStorage();
  return storage.run(current, work);
}

/**
 * Runs work outside of any trace. Several invocations wait for this work, such as a look-up for a cache, although one of
 * them starts it.
 */
export const runOutsideTrace = <Result>(work: () => Result): Result =>
  storage === undefined ? work() : storage.run(undefined, work);

/** Returns the header `traceparent` for a message of the current span; undefined without a sampled span. */
export function currentTraceparent(): string | undefined {
  const span = currentTrace()?.span;
  return span && traceparentOf(span);
}

/** Returns the trace contexts of the orders that are sampled, by order id; undefined if none is. */
export function traceparentsOf(orderIds: readonly string[]): ReadonlyMap<string, string> | undefined {
  const trace = currentTrace()?.trace;
  if (trace === undefined) {
    return undefined;
  }
  const contexts = new Map<string, string>();
  for (const orderId of orderIds) {
    const traceparent = trace.traceparentOfOrder(orderId);
    if (traceparent !== undefined) {
      contexts.set(orderId, traceparent);
    }
  }
  return contexts.size === 0 ? undefined : contexts;
}

/** Starts the span of a message of the outbox. Returns undefined unless its order is sampled. */
export const startSend = (describe: () => OutgoingMessage): SendSpan | undefined =>
  currentTrace()?.trace.startSend(describe());

/** Passes a fact to the current trace. */
export const reportToTrace = <Name extends FactName>(event: FactEvent<Name>): void =>
  currentTrace()?.trace.report(event);

/** Returns the fields of a log line that is written inside a sampled trace. */
export function traceFields(): { readonly trace_id: string; readonly span_id: string } | undefined {
  const current = currentTrace();
  const span = current?.span ?? current?.trace.root;
  return span && { trace_id: span.traceId, span_id: span.spanId };
}
