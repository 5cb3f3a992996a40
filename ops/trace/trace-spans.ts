import { printable } from '../../cli/printable.ts';
import {
  type AnyValue,
  type Attributes,
  isFailed,
  millisecondsOf,
  type OtlpSpan,
  orderIdsOf,
  type TracesData,
} from '../../local/traces/otlp.ts';

/** A span with texts that are safe for a terminal. */
export interface TraceSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty if it has none. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Empty for INTERNAL and unknown kinds. */
  readonly kind: string;
  readonly service: string;
  readonly startMs: number;
  /** Not before the start. */
  readonly endMs: number;
  readonly failed: boolean;
  /** The description of the status, or else the code of the error. */
  readonly message: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly orderIds: readonly string[];
}

export interface Attribute {
  readonly key: string;
  readonly value: string;
}

export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: readonly Attribute[];
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
}

/** The kinds of spans that are printed, by the integers of the enum SpanKind. */
const KINDS: Readonly<Record<number, string>> = { 2: 'server', 3: 'client', 4: 'producer', 5: 'consumer' };

const MAX_CHARACTERS = 1_000;

/** Returns a text without control characters, truncated. */
function safe(text: string): string {
  const isShort = text.length <= MAX_CHARACTERS;
  return printable(isShort ? text.toWellFormed() : `${text.slice(0, MAX_CHARACTERS).toWellFormed()}…`);
}

/** Returns the spans of traces in OTLP/JSON. */
export function readSpans({ resourceSpans }: TracesData): TraceSpan[] {
  return (resourceSpans ?? []).flatMap(({ resource, scopeSpans }) => {
    const service = readAttributes(resource?.attributes).find(({ key }) => key === 'service.name')?.value;
    return (scopeSpans ?? []).flatMap(({ spans }) => (spans ?? []).map((span) => readSpan(span, service)));
  });
}

function readSpan(span: OtlpSpan, service = ''): TraceSpan {
  const startMs = millisecondsOf(span.startTimeUnixNano);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId ?? '',
    name: safe(span.name || '(no name)'),
    kind: KINDS[span.kind ?? 0] ?? '',
    service,
    startMs,
    endMs: Math.max(startMs, millisecondsOf(span.endTimeUnixNano ?? '0')),
    failed: isFailed(span),
    message: safe(span.status?.message || errorTypeOf(span)),
    attributes: readAttributes(span.attributes),
    events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
      name: safe(name || '(no name)'),
      atMs: millisecondsOf(timeUnixNano ?? span.startTimeUnixNano),
      attributes: readAttributes(attributes),
    })),
    links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
    orderIds: orderIdsOf(span).map(safe),
  };
}

const errorTypeOf = (span: OtlpSpan): string =>
  (isFailed(span) && span.attributes?.find(({ key }) => key === 'error.type')?.value?.stringValue) || '';

const readAttributes = (attributes: Attributes): Attribute[] =>
  (attributes ?? []).map(({ key, value }) => ({ key: safe(key), value: safe(valueText(value)) }));

function valueText(value: AnyValue | null | undefined): string {
  const { stringValue, boolValue, intValue, doubleValue, bytesValue, arrayValue, kvlistValue } = value ?? {};
  if (arrayValue) {
    return `[${(arrayValue.values ?? []).map(valueText).join(', ')}]`;
  }
  if (kvlistValue) {
    return `{${(kvlistValue.values ?? []).map(({ key, value: inner }) => `${key}: ${valueText(inner)}`).join(', ')}}`;
  }
  return `${stringValue ?? boolValue ?? intValue ?? doubleValue ?? bytesValue ?? ''}`;
}
