import { isFailed, millisecondsOf, type OtlpSpan, orderIdsOf } from './otlp.ts';
import { MAX_LISTED_ORDERS, type TraceListQuery, type TraceSummary } from './trace-views.ts';

export interface TraceStoreLimits {
  readonly traces: number;
  readonly spansPerTrace: number;
  readonly bytesPerTrace: number;
  readonly bytes: number;
}

const MIB = 1024 ** 2;

/** The bytes are those of the JSON. The trace store needs at most about twice as much memory. */
export const traceStoreLimits: TraceStoreLimits = {
  traces: 5_000,
  spansPerTrace: 10_000,
  bytesPerTrace: 16 * MIB,
  bytes: 64 * MIB,
};

/** Memory in addition to the JSON. It also bounds the number of very small spans and of order ids. */
const TRACE_OVERHEAD_BYTES = 1_000;
const SPAN_OVERHEAD_BYTES = 300;
const ORDER_OVERHEAD_BYTES = 200;

/** The sender of spans: the fields around them, as JSON. */
export interface SpanSource {
  /** An element of `resourceSpans` without `scopeSpans`. */
  readonly resource: string;
  /** An element of `scopeSpans` without `spans`. */
  readonly scope: string;
}

/** Spans of one source, as received. */
export interface ReceivedSpans {
  readonly source: SpanSource;
  readonly spans: readonly OtlpSpan[];
}

interface StoredSpan {
  readonly source: SpanSource;
  readonly json: string;
  readonly bytes: number;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
}

interface Trace {
  readonly traceId: string;
  readonly spans: Map<string, StoredSpan>;
  readonly sources: Map<string, SpanSource>;
  readonly orderIds: Set<string>;
  bytes: number;
  summary: TraceSummary | undefined;
}

export interface TraceStore {
  /** Adds spans to their traces. A span with the id of a stored one replaces it. Returns the number of rejected spans. */
  add(received: ReceivedSpans): number;
  list(query: TraceListQuery): TraceSummary[];
  /** Returns a trace as OTLP/JSON. */
  read(traceId: string): string | undefined;
}

/**
 * Creates an empty store in memory. Beyond a limit of traces or bytes it evicts the trace whose last update is the oldest.
 * Rejects spans beyond a limit of their trace.
 */
export function createTraceStore(limits: TraceStoreLimits = traceStoreLimits): TraceStore {
  /** By last update, oldest first. */
  const traces = new Map<string, Trace>();
  const traceIdsByOrder = new Map<string, Set<string>>();
  let bytes = 0;

  const evict = (trace: Trace): void => {
    traces.delete(trace.traceId);
    bytes -= trace.bytes;
    for (const orderId of trace.orderIds) {
      const traceIds = traceIdsByOrder.get(orderId);
      traceIds?.delete(trace.traceId);
      if (traceIds?.size === 0) {
        traceIdsByOrder.delete(orderId);
      }
    }
  };

  const evictBeyondLimits = (): void => {
    for (const trace of traces.values()) {
      if (traces.size <= limits.traces && bytes <= limits.bytes) {
        return;
      }
      evict(trace);
    }
  };

  const addOne = (source: SpanSource, sourceKey: string, span: OtlpSpan): boolean => {
    const trace = traces.get(span.traceId) ?? emptyTrace(span.traceId);
    const stored = storedSpan(trace.sources.get(sourceKey) ?? source, span);
    const newOrderIds = [...new Set(orderIdsOf(span))].filter((id) => !trace.orderIds.has(id));

    const bytesAfter =
      trace.bytes +
      stored.bytes -
      (trace.spans.get(span.spanId)?.bytes ?? 0) +
      (trace.sources.has(sourceKey) ? 0 : Buffer.byteLength(sourceKey)) +
      newOrderIds.reduce((sum, id) => sum + Buffer.byteLength(id) + ORDER_OVERHEAD_BYTES, 0);
    const isFull = trace.spans.size >= limits.spansPerTrace && !trace.spans.has(span.spanId);
    if (isFull || bytesAfter > limits.bytesPerTrace) {
      return false;
    }

    bytes += bytesAfter - (traces.has(span.traceId) ? trace.bytes : 0);
    trace.bytes = bytesAfter;
    trace.spans.set(span.spanId, stored);
    trace.sources.set(sourceKey, stored.source);
    trace.summary = undefined;
    for (const orderId of newOrderIds) {
      trace.orderIds.add(orderId);
      traceIdsByOrder.set(orderId, (traceIdsByOrder.get(orderId) ?? new Set()).add(span.traceId));
    }
    traces.delete(span.traceId);
    traces.set(span.traceId, trace);
    evictBeyondLimits();
    return true;
  };

  const summaryOf = (trace: Trace): TraceSummary => {
    trace.summary ??= summarize(trace);
    return trace.summary;
  };

  return {
    add: ({ source, spans }) => {
      const sourceKey = `${source.resource}${source.scope}`;
      return spans.filter((span) => !addOne(source, sourceKey, span)).length;
    },
    list: ({ orderId, failed, slow, limit }) => {
      const found =
        orderId === undefined
          ? [...traces.values()]
          : [...(traceIdsByOrder.get(orderId) ?? [])].flatMap((id) => traces.get(id) ?? []);
      const summaries = found.map(summaryOf).filter((summary) => summary.failed || !failed);
      return summaries.sort(slow ? longestFirst : newestFirst).slice(0, limit);
    },
    read: (traceId) => {
      const trace = traces.get(traceId);
      return trace && otlpOf(trace);
    },
  };
}

const longestFirst = (a: TraceSummary, b: TraceSummary): number => b.duration_ms - a.duration_ms;
const newestFirst = (a: TraceSummary, b: TraceSummary): number =>
  Number(b.started_at > a.started_at) - Number(b.started_at < a.started_at);

const emptyTrace = (traceId: string): Trace => ({
  traceId,
  spans: new Map(),
  sources: new Map(),
  orderIds: new Set(),
  bytes: TRACE_OVERHEAD_BYTES,
  summary: undefined,
});

function storedSpan(source: SpanSource, span: OtlpSpan): StoredSpan {
  const json = JSON.stringify(span);
  const name = span.name ?? '';
  const startMs = millisecondsOf(span.startTimeUnixNano);
  return {
    source,
    json,
    bytes: Buffer.byteLength(json) + Buffer.byteLength(name) + SPAN_OVERHEAD_BYTES,
    parentSpanId: span.parentSpanId ?? '',
    name,
    startMs,
    endMs: Math.max(startMs, millisecondsOf(span.endTimeUnixNano ?? '0')), // a clock can be set back
    failed: isFailed(span),
  };
}

function summarize({ traceId, spans, orderIds }: Trace): TraceSummary {
  const byStart = [...spans.values()].sort((a, b) => a.startMs - b.startMs);
  const first = byStart[0];
  const startMs = first?.startMs ?? 0;
  const root =
    byStart.find(({ parentSpanId }) => parentSpanId === '') ??
    byStart.find(({ parentSpanId }) => !spans.has(parentSpanId)) ??
    first;
  const endMs = byStart.reduce((latest, span) => Math.max(latest, span.endMs), startMs);
  return {
    trace_id: traceId,
    root_name: root?.name ?? '',
    started_at: new Date(startMs).toISOString(),
    duration_ms: Math.round((endMs - startMs) * 1_000) / 1_000,
    span_count: spans.size,
    failed: byStart.some(({ failed }) => failed),
    order_ids: [...orderIds].slice(0, MAX_LISTED_ORDERS),
    order_count: orderIds.size,
  };
}

/** Joins the stored JSON: parsing and serializing a large trace again would take longer than sending it. */
function otlpOf({ spans }: Trace): string {
  const bySource = Map.groupBy(spans.values(), ({ source }) => source);
  const resourceSpans = [...bySource].map(([{ resource, scope }, members]) => {
    const scopeSpans = withField(scope, 'spans', `[${members.map(({ json }) => json).join()}]`);
    return withField(resource, 'scopeSpans', `[${scopeSpans}]`);
  });
  return `{"resourceSpans":[${resourceSpans.join()}]}`;
}

/** Appends a field to the JSON of an object. */
const withField = (object: string, name: string, value: string): string =>
  `${object.slice(0, -1)}${object === '{}' ? '' : ','}"${name}":${value}}`;
