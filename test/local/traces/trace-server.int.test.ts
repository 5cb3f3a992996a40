import net from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { startTraceServer, type TraceServer } from '../../../local/traces/trace-server.ts';
import { traceListSchema } from '../../../local/traces/trace-views.ts';
import { EPOCH_MS, otlpBody, TRACE_ID } from '../../support/otlp.ts';

const MIB = 1024 ** 2;
const warnings: string[] = [];
let server: TraceServer;
let url: string;

beforeAll(async () => {
  server = await startTraceServer({ port: 0, onWarning: (line) => warnings.push(line) });
  url = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server.stop();
  expect(warnings).toEqual([]);
});

const JSON_TYPE = 'application/json';

async function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': JSON_TYPE, ...headers },
    body,
  });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
}

async function get(path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const IN_2100_MS = Date.parse('2100-01-01T00:00:00Z') - EPOCH_MS;

const traceIdOf = (index: number): string => (index + 1).toString(16).padStart(32, '0');
const body = (traceId: string, orderId = 'order-1'): string =>
  JSON.stringify(otlpBody([{ traceId, id: '1', orderId, name: 'POST /api/orders', error: 'why' }]));

describe('POST /v1/traces', () => {
  test.each<[string, Record<string, string>, (text: string) => string | Uint8Array<ArrayBuffer>]>([
    ['JSON', {}, (json) => json],
    ['JSON with a charset', { 'content-type': 'Application/JSON; charset=utf-8' }, (json) => json],
    ['JSON with gzip', { 'content-encoding': 'gzip' }, (json) => new Uint8Array(gzipSync(json))],
  ])('stores the spans of %s', async (name, headers, encode) => {
    const traceId = Buffer.from(name.padEnd(16).slice(0, 16)).toString('hex');

    const answer = await post(encode(body(traceId)), headers);

    expect(answer).toEqual({ status: 200, type: JSON_TYPE, body: { partialSuccess: {} } });
    expect(await get(`/traces/${traceId.toUpperCase()}`)).toMatchObject({
      status: 200,
      body: { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, name: 'POST /api/orders' }] }] }] },
    });
  });

  test('stores the spans of the OpenTelemetry SDK', async () => {
    const exporter = new InMemorySpanExporter();
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const tracer = provider.getTracer('test');
    const batch = tracer.startSpan('process orders', { kind: SpanKind.CONSUMER });
    batch.setAttribute('orderly.order.ids', ['of-the-sdk', 'another']);
    const inside = tracer.startSpan(
      'POST',
      { kind: SpanKind.CLIENT, links: [{ context: batch.spanContext() }] },
      trace.setSpan(ROOT_CONTEXT, batch),
    );
    inside.setAttributes({ 'a.flag': true, 'a.double': 1.5, 'an.int': 3, 'a.list': [1, 2] });
    inside.addEvent('exception', { 'exception.message': 'no' });
    inside.setStatus({ code: SpanStatusCode.ERROR, message: '503' });
    inside.end();
    batch.end();

    const answer = await post(
      new Uint8Array(JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans()) ?? []),
    );

    expect(answer).toMatchObject({ status: 200, body: { partialSuccess: {} } });
    const { traces } = traceListSchema.parse((await get('/traces?order_id=of-the-sdk')).body);
    expect(traces).toMatchObject([
      { trace_id: batch.spanContext().traceId, root_name: 'process orders', span_count: 2, failed: true },
    ]);
  });

  test.each<[string, number, string | Uint8Array<ArrayBuffer>, Record<string, string>, RegExp]>([
    ['text that is not JSON', 400, '{"resourceSpans":', {}, /^The body is not valid JSON\.$/],
    ['nothing', 400, '', {}, /^The body is not valid JSON\.$/],
    ['an array', 400, '[]', {}, /^The body is not OTLP\/JSON: the body must be of type object\.$/],
    ['a wrong id', 400, body('xyz'), {}, /spans\.0\.traceId must be 32 hexadecimal digits/],
    ['101 arrays', 400, '['.repeat(101) + ']'.repeat(101), {}, /^The JSON has more than 100 levels/],
    ['many arrays', 400, '['.repeat(MIB) + ']'.repeat(MIB), {}, /^The JSON has more than 100 levels/],
    ['gzip that is none', 400, 'x', { 'content-encoding': 'gzip' }, /^The body is not valid gzip\.$/],
    [
      'protobuf',
      415,
      new Uint8Array([10]),
      { 'content-type': 'application/x-protobuf' },
      /OTEL_EXPORTER_OTLP_PROTOCOL=http\/json/,
    ],
    ['text', 415, '{}', { 'content-type': 'text/plain' }, /^The content type must be application\/json/],
    ['brotli', 415, '{}', { 'content-encoding': 'br' }, /^The content encoding must be gzip, or absent\.$/],
    ['more than 4 MiB', 413, ' '.repeat(4 * MIB + 1), {}, /^The body has more than 4 MiB/],
    ['40 MiB', 413, ' '.repeat(40 * MIB), {}, /^The body has more than 4 MiB/],
    [
      'little gzip of more than 4 MiB',
      413,
      new Uint8Array(gzipSync(' '.repeat(40 * MIB))),
      { 'content-encoding': 'gzip' },
      /^The body has more than 4 MiB/,
    ],
  ])('answers %s with %i and a Status message with the reason', async (_, status, sent, headers, reason) => {
    const answer = await post(sent, headers);

    expect(answer).toEqual({
      status,
      type: JSON_TYPE,
      body: { message: expect.stringMatching(reason) },
    });
    expect(await get('/traces')).toMatchObject({ status: 200 });
  });

  test('a broken connection does not end the server', async () => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: 99\r\n\r\n{`,
    );
    socket.resetAndDestroy();

    expect(await get('/traces')).toMatchObject({ status: 200 });
  });

  test('20,000 spans in 200 traces are stored and listed', async () => {
    const traces = Array.from({ length: 200 }, (_, index) =>
      Array.from({ length: 100 }, (_, span) => ({
        traceId: traceIdOf(index),
        id: `${span + 1}`,
        parent: '1',
        atMs: IN_2100_MS + span, // the list begins with the newest, and other tests store spans of today
        orderId: `many-${index}`,
      })),
    );
    for (let first = 0; first < traces.length; first += 50) {
      const spans = traces.slice(first, first + 50).flat();
      expect(await post(JSON.stringify(otlpBody(spans)))).toMatchObject({
        status: 200,
        body: { partialSuccess: {} },
      });
    }

    const list = traceListSchema.parse((await get('/traces?limit=200')).body);

    expect(list.traces).toHaveLength(200);
    expect(list.traces.every((one) => one.span_count === 100 && one.duration_ms === 100)).toBe(true);
  });
});

describe('a request that another page or machine sends', () => {
  async function rawStatus(...lines: string[]): Promise<string> {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.write(`${[...lines, 'Connection: close', 'Content-Length: 0'].join('\r\n')}\r\n\r\n`);
    return (await text(socket)).slice(9, 12);
  }

  test.each([
    ['GET /traces', ['Host: evil.example'], '403'],
    ['GET /traces', ['Host: localhost', 'Origin: https://evil.example'], '403'],
    ['POST /v1/traces', ['Host: 127.0.0.1', 'Origin: null'], '403'],
    ['OPTIONS /v1/traces', ['Host: 127.0.0.1', 'Origin: https://evil.example'], '403'],
    ['GET /traces', ['Host: localhost:3004', 'Origin: http://localhost:3000'], '200'],
  ])('%s with %j', async (line, headers, status) => {
    expect(await rawStatus(`${line} HTTP/1.1`, ...headers)).toBe(status);
  });

  test('a target that is no path is answered too', async () => {
    expect(await rawStatus('GET // HTTP/1.1', 'Host: localhost')).toBe('404');
    expect(await rawStatus('GET http://[ HTTP/1.1', 'Host: localhost')).toBe('404');
  });
});

describe('the read interface', () => {
  const problem = (status: number, code: string, more = {}) => ({
    status,
    body: expect.objectContaining({ type: 'about:blank', status, code, ...more }),
  });

  test('lists the traces of an order, and failed and slow ones', async () => {
    await post(body(TRACE_ID, 'listed'));

    const answer = await get('/traces?order_id=listed&failed=true&slow=true&limit=1');

    expect(traceListSchema.parse(answer.body).traces).toMatchObject([{ trace_id: TRACE_ID, failed: true }]);
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['slow=yes', 'slow'],
    ['order_id=', 'order_id'],
    ['order=1', 'order'],
  ])('answers the query %s with a 400 that names the parameter', async (query, path) => {
    expect(await get(`/traces?${query}`)).toMatchObject(
      problem(400, 'validation_failed', { errors: [expect.objectContaining({ path })] }),
    );
  });

  test('answers an unknown trace, path and method with a problem', async () => {
    expect(await get(`/traces/${'f'.repeat(32)}`)).toMatchObject(problem(404, 'trace_not_found'));
    expect(await get('/traces/x')).toMatchObject(problem(404, 'trace_not_found'));
    expect(await get('/')).toMatchObject(problem(404, 'route_not_found'));
    const deleted = await get('/traces', { method: 'DELETE' });
    expect(deleted).toMatchObject(problem(405, 'method_not_allowed'));
    expect(deleted.headers.get('allow')).toBe('GET');
    expect(deleted.headers.get('content-type')).toBe('application/problem+json');
    expect((await get('/v1/traces')).status).toBe(405);
  });
});

test('a request that does not end is ended after about ten seconds, so that it blocks no other one', async () => {
  const socket = net.connect(server.port, '127.0.0.1');
  const from = performance.now();
  socket.write(
    `POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${JSON_TYPE}\r\ncontent-length: 9\r\n\r\n{`,
  );

  expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);

  expect(performance.now() - from).toBeLessThan(25_000); // Node’s default check: every 30 s
});
