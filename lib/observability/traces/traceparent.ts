import { type KafkaRecord, lastHeader } from '../../orders/command.ts';

/** Identifies a span. */
export interface SpanIdentity {
  /** 32 hexadecimal digits in lower case. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case. */
  readonly spanId: string;
}

/** The span of another process, as in the header `traceparent`: https://www.w3.org/TR/trace-context/ */
export interface TraceContext extends SpanIdentity {
  /** True if that process records the trace. */
  readonly sampled: boolean;
}

/** A later version may append fields, which begin with a dash. Version `ff` is invalid. */
const pattern = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

const VERSION = '00';
const SAMPLED = 1;

/** Returns the context in a header `traceparent`; undefined if there is none or it is invalid. The header is untrusted. */
export function parseTraceparent(text: string | undefined): TraceContext | undefined {
  const [, version, traceId, spanId, flags, more] = pattern.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) {
    return undefined;
  }
  if (version === VERSION && more !== undefined) {
    return undefined;
  }
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** Returns the header `traceparent` for what a sampled span sends. */
export const traceparentOf = ({ traceId, spanId }: SpanIdentity): string =>
  `${VERSION}-${traceId}-${spanId}-01`;

/** Returns the context of a record that belongs to a sampled trace; otherwise undefined. */
export function sampledContext(record: Pick<KafkaRecord, 'headers'>): TraceContext | undefined {
  const context = parseTraceparent(lastHeader(record, 'traceparent')?.toString('latin1'));
  return context?.sampled ? context : undefined;
}
