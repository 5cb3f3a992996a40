import type { TraceClient } from './trace-client.ts';
import { readSpans, type SpanLink, type TraceSpan } from './trace-spans.ts';

/** A batch can link to many traces, but only few links are printed. */
const MAX_TRACES = 50;

/** Returns a function from links to the names of the linked spans. Reads the linked traces that are not given. */
export async function linkedNames(
  client: TraceClient,
  spans: readonly TraceSpan[],
): Promise<(link: SpanLink) => string | undefined> {
  const given = new Set(spans.map(({ traceId }) => traceId));
  const linked = spans.flatMap(({ links }) => links.map(({ traceId }) => traceId));
  const others = new Set(linked.filter((traceId) => !given.has(traceId)));
  const known = [...spans];
  for (const traceId of [...others].slice(0, MAX_TRACES)) {
    known.push(...readSpans((await client.read(traceId)) ?? {}));
  }
  const names = new Map(known.map(({ traceId, spanId, name }) => [`${traceId}/${spanId}`, name]));
  return ({ traceId, spanId }) => names.get(`${traceId}/${spanId}`);
}
