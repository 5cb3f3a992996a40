import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import { type AnyValue, type OtlpSpan, tracesDataSchema } from '../../local/traces/otlp.ts';

/** A received span. */
export interface CollectedSpan {
  readonly name: string;
  readonly kind: (typeof kinds)[number];
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: the span begins its trace. */
  readonly parentSpanId: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
  readonly message: string | undefined;
  /** Nanoseconds since the epoch. */
  readonly startedAt: bigint;
  readonly durationMs: number;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A status, or what happens instead. `rejected`: 200 with this number of rejected spans. `text`: 200 with this body. */
export type CollectorReply =
  | number
  | 'hang'
  | 'reset'
  | { readonly afterMs: number }
  | { readonly rejected: number }
  | { readonly text: string };

export interface TraceCollector extends AsyncDisposable {
  readonly url: string;
  /** The requests as they came: path, headers and size of the body. */
  readonly requests: readonly { path: string; headers: http.IncomingHttpHeaders; bytes: number }[];
  readonly spans: () => readonly CollectedSpan[];
  /** Number of open connections. */
  readonly connections: () => number;
  /** What it does with the next requests. Default: 200. */
  reply: CollectorReply;
}

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

/** Starts a collector: a real HTTP server that reads OTLP/HTTP JSON strictly. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const requests: { path: string; headers: http.IncomingHttpHeaders; bytes: number }[] = [];
  const spans: CollectedSpan[] = [];
  const server = http.createServer(async (request, response) => {
    const { reply } = collector;
    if (reply === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const body = await text(request);
    requests.push({ path: request.url ?? '', headers: request.headers, bytes: Buffer.byteLength(body) });
    spans.push(...readSpans(body));
    if (reply === 'hang') {
      return;
    }
    const answer = (status: number, content = {}) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
    if (typeof reply === 'number') {
      answer(reply);
    } else if ('text' in reply) {
      response.end(reply.text);
    } else if ('rejected' in reply) {
      const rejectedSpans = String(reply.rejected); // 64-bit integers are text in OTLP's JSON
      answer(200, { partialSuccess: { rejectedSpans, errorMessage: 'the trace has too many spans' } });
    } else {
      setTimeout(answer, reply.afterMs, 200).unref();
    }
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  const collector: TraceCollector = {
    url: `http://${LOCAL_HOST}:${typeof address === 'object' ? address?.port : ''}`,
    requests,
    spans: () => spans,
    connections: () => connections,
    reply: 200,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return collector;
}

const readSpans = (body: string): CollectedSpan[] =>
  (tracesDataSchema.parse(JSON.parse(body)).resourceSpans ?? []).flatMap(({ resource, scopeSpans }) =>
    (scopeSpans ?? []).flatMap(({ spans }) =>
      (spans ?? []).map((span) => collected(span, valuesOf(resource?.attributes))),
    ),
  );

const collected = (span: OtlpSpan, resource: CollectedSpan['resource']): CollectedSpan => ({
  name: span.name ?? '',
  kind: kinds[span.kind ?? 0] ?? 'unspecified',
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId ?? '',
  links: (span.links ?? []).map(({ traceId, spanId }) => ({ traceId, spanId })),
  attributes: valuesOf(span.attributes),
  isError: span.status?.code === 2,
  message: span.status?.message ?? undefined,
  startedAt: BigInt(span.startTimeUnixNano),
  durationMs: Number(BigInt(span.endTimeUnixNano ?? 0) - BigInt(span.startTimeUnixNano)) / 1e6,
  resource,
});

const valuesOf = (attributes: OtlpSpan['attributes']): Record<string, unknown> =>
  Object.fromEntries((attributes ?? []).map(({ key, value }) => [key, plain(value)]));

function plain(value: AnyValue | null | undefined): unknown {
  const list = value?.arrayValue?.values;
  return list ? list.map(plain) : (value?.stringValue ?? value?.boolValue ?? Number(value?.intValue));
}

/**
 * Returns a trace as lines, indented by parent, in the order of their start under each parent:
 * `  send orders.status (producer) → process orders`. `!` marks an error, `→` a link.
 */
export function treeOf(spans: readonly CollectedSpan[], traceId: string): string[] {
  const nameOf = (id: string): string =>
    spans.find(({ spanId }) => spanId === id)?.name ?? 'a span of the caller';
  const known = new Set(spans.map(({ spanId }) => spanId));
  const ofTrace = spans
    .filter((span) => span.traceId === traceId)
    .toSorted((a, b) => Number(a.startedAt - b.startedAt));
  const below = (parents: readonly CollectedSpan[], depth: number): string[] =>
    parents.flatMap((span) => [
      `${'  '.repeat(depth)}${span.name} (${span.kind})${span.isError ? ` ! ${span.attributes['error.type']}` : ''}${span.links.map(({ spanId }) => ` → ${nameOf(spanId)}`).join('')}`,
      ...below(
        ofTrace.filter(({ parentSpanId }) => parentSpanId === span.spanId),
        depth + 1,
      ),
    ]);
  return below(
    ofTrace.filter(({ parentSpanId }) => !known.has(parentSpanId)),
    0,
  );
}
