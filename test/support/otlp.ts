import { type TracesData, tracesDataSchema } from '../../local/traces/otlp.ts';

/** The moment that `atMs` of test spans counts from. */
export const EPOCH_MS = Date.parse('2026-11-29T14:32:07.412Z');

export interface SpanParts {
  readonly traceId?: string;
  /** Up to 16 hexadecimal digits. */
  readonly id: string;
  readonly parent?: string;
  readonly name?: string;
  readonly kind?: number;
  /** Milliseconds after EPOCH_MS. */
  readonly atMs?: number;
  readonly ms?: number;
  readonly error?: string;
  readonly orderId?: string;
  readonly attributes?: readonly object[];
  readonly events?: readonly object[];
  readonly links?: readonly { readonly traceId: string; readonly id: string }[];
}

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
export const OTHER_TRACE_ID = '5bf92f3577b34da6a3ce929d0e0e4736';

export const spanIdOf = (id: string): string => id.padStart(16, '0');
export const stringAttribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

const nanoseconds = (ms: number): string => `${BigInt(Math.round((EPOCH_MS + ms) * 1_000)) * 1_000n}`;

/** Returns one span in OTLP/JSON. */
export function otlpSpan(parts: SpanParts): Readonly<Record<string, unknown>> {
  const { id, parent, name = 'process order', atMs = 0, ms = 1, error, orderId, links = [] } = parts;
  return {
    traceId: parts.traceId ?? TRACE_ID,
    spanId: spanIdOf(id),
    ...(parent !== undefined && { parentSpanId: spanIdOf(parent) }),
    name,
    kind: parts.kind ?? 1,
    startTimeUnixNano: nanoseconds(atMs),
    endTimeUnixNano: nanoseconds(atMs + ms),
    attributes: [
      ...(orderId === undefined ? [] : [stringAttribute('orderly.order.id', orderId)]),
      ...(parts.attributes ?? []),
    ],
    events: parts.events ?? [],
    links: links.map((link) => ({ traceId: link.traceId, spanId: spanIdOf(link.id) })),
    ...(error !== undefined && { status: { code: 2, message: error } }),
  };
}

/** Returns an export request of one service. */
export const otlpBody = (spans: readonly SpanParts[], service = 'orderly') => ({
  resourceSpans: [
    {
      resource: { attributes: [stringAttribute('service.name', service)] },
      scopeSpans: [{ scope: { name: 'test' }, spans: spans.map(otlpSpan) }],
    },
  ],
});

export const tracesData = (spans: readonly SpanParts[], service?: string): TracesData =>
  tracesDataSchema.parse(otlpBody(spans, service));
