import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { tracesDataSchema } from '../../local/traces/otlp.ts';
import { startTraceServer, type TraceServer } from '../../local/traces/trace-server.ts';
import { OTHER_TRACE_ID, otlpBody, type SpanParts, TRACE_ID } from '../support/otlp.ts';
import { type Ended, runCommand } from '../support/script-command.ts';

let server: TraceServer;

async function send(spans: readonly SpanParts[]): Promise<void> {
  const response = await fetch(`http://${LOCAL_HOST}:${server.port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpBody(spans)),
  });
  expect(response.status).toBe(200);
}

beforeAll(async () => {
  server = await startTraceServer({ port: 0, onWarning: () => undefined });
  await send([
    { id: '1', name: 'POST /api/orders', kind: 2, ms: 40, orderId: 'order-1' },
    { id: '2', parent: '1', name: 'send orders', kind: 4, atMs: 10, ms: 25 },
  ]);
  await send([
    {
      id: '3',
      parent: '2',
      name: 'process order',
      kind: 5,
      atMs: 60,
      ms: 100,
      orderId: 'order-1',
      links: [{ traceId: OTHER_TRACE_ID, id: 'a' }],
    },
    {
      id: '4',
      parent: '3',
      name: 'POST',
      kind: 3,
      atMs: 70,
      ms: 80,
      error: 'the receiver responded with status 503',
    },
  ]);
  await send([{ traceId: OTHER_TRACE_ID, id: 'a', name: 'process orders', kind: 5, atMs: 50, ms: 400 }]);
});
afterAll(() => server.stop());

const trace = (line: string, elsewhere: Record<string, string> = {}): Promise<Ended> =>
  runCommand('trace', line.split(' ').filter(Boolean), {
    TRACES_PORT: `${server.port}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
    ...elsewhere,
  });

const waterfall = `Trace ${TRACE_ID}  2026-11-29T14:32:07.412Z
160 ms, 4 spans, 1 failed, order order-1
POST /api/orders (server, orderly)   +0 ms   40 ms  ███████
└─ send orders (producer)           +10 ms   25 ms   █████▏
   └─ process order (consumer)      +60 ms  100 ms            ██████████████████
      │  ↳ linked to ${OTHER_TRACE_ID} process orders
      └─ ✗ POST (client)            +70 ms   80 ms              ██████████████▎
            ✗ the receiver responded with status 503

`;

describe('npm run trace', () => {
  test('prints the waterfall of an order, or of a trace', async () => {
    expect(await trace('order-1')).toEqual({ exitCode: 0, out: waterfall, err: '' });
    expect(await trace(TRACE_ID)).toEqual({ exitCode: 0, out: waterfall, err: '' });
  });

  test('prints every trace of an order, oldest first', async () => {
    await send([
      { traceId: 'b'.repeat(32), id: '1', name: 'second', atMs: 2, orderId: 'retried' },
      { traceId: 'a'.repeat(32), id: '1', name: 'first', atMs: 1, orderId: 'retried' },
    ]);

    const { out } = await trace('retried');

    expect(out.match(/^Trace \w/gm)).toEqual(['Trace a', 'Trace b']);
  });

  test('an order id may look like a trace id', async () => {
    const orderId = 'c'.repeat(32);
    await send([{ traceId: 'd'.repeat(32), id: '1', orderId }]);

    expect((await trace(orderId)).out).toContain(`Trace ${'d'.repeat(32)}`);
  });

  test('--attributes prints attributes, and colours appear only on request', async () => {
    const { out } = await trace('order-1 --attributes', { FORCE_COLOR: '1' });

    expect(out).toContain('orderly.order.id = order-1');
    expect(out).toContain('\u001b[31m✗ POST (client)');
  });

  test('--slow and --failed list traces, separated by tabs without a terminal', async () => {
    const slow = await trace('--slow --limit 2');
    const failed = await trace('--failed');

    expect(slow.out.split('\n').map((line) => line.split('\t'))).toEqual([
      ['TIME', 'DURATION', 'SPANS', 'ROOT', 'ORDER', 'TRACE'],
      ['2026-11-29T14:32:07.462Z', '400 ms', '1', 'process orders', '–', OTHER_TRACE_ID],
      ['2026-11-29T14:32:07.412Z', '160 ms', '4', '✗ POST /api/orders', 'order-1', TRACE_ID],
      [''],
    ]);
    expect(failed.out.trim().split('\n')).toHaveLength(2);
  });

  test('--json prints OTLP/JSON that a receiver accepts', async () => {
    const one = await trace('order-1 --json');
    const listed = await trace('--slow --json --limit 2');

    const spansIn = ({ out }: Ended) =>
      (tracesDataSchema.parse(JSON.parse(out)).resourceSpans ?? [])
        .flatMap(({ scopeSpans }) => scopeSpans ?? [])
        .flatMap(({ spans }) => spans ?? []);
    expect(spansIn(one).map(({ name }) => name)).toEqual([
      'POST /api/orders',
      'send orders',
      'process order',
      'POST',
    ]);
    expect(spansIn(listed)).toHaveLength(5);
  });

  test('--json escapes terminal control characters, and the JSON stays equal', async () => {
    await send([{ traceId: 'f'.repeat(32), id: '1', name: '\u009b31m', orderId: 'poison' }]);

    const { out } = await trace('poison --json');

    expect(out).not.toContain('\u009b');
    expect(out).toContain('\\u009b31m');
  });

  test('3,000 spans are printed whole', async () => {
    const spans = Array.from({ length: 3_000 }, (_, index) => ({
      traceId: 'e'.repeat(32),
      id: `${index + 1}`,
      ...(index > 0 && { parent: `${Math.ceil(index / 10)}` }),
      orderId: 'large',
    }));
    await send(spans);

    const { out } = await trace('large --all');

    expect(out.trimEnd().split('\n')).toHaveLength(3_002);
  });

  test.each<[string, string, Record<string, string>, RegExp]>([
    [
      'no running store',
      'order-1',
      { TRACES_PORT: '1' },
      /^No trace store answers at http:\/\/127\.0\.0\.1:1: start it with "npm start", or set TRACES_PORT to the port of the running one\. It has no store if it was started with OTEL_EXPORTER_OTLP_ENDPOINT\.\n$/,
    ],
    [
      'another receiver',
      'order-1',
      { TRACES_PORT: '1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
      /^"npm start" stores no traces: OTEL_EXPORTER_OTLP_ENDPOINT is http:\/\/127\.0\.0\.1:4318\. Remove it, and restart\.\n$/,
    ],
    [
      'an unknown order',
      'order-\u001b2',
      {},
      /^There is no trace of "order-\\u001b2"\. The trace store has the newest 5,000 traces since the last start\. By default, at most 20 .* are sampled\.\n$/,
    ],
    ['no id', '', {}, /^Give an order id, or --slow or --failed: .*\n$/],
    ['an unknown option', '--nope', {}, /^Unknown option '--nope'\. See --help\.\n$/],
  ])('%s gives one line and exit code 1', async (_, line, elsewhere, expected) => {
    expect(await trace(line, elsewhere)).toEqual({
      exitCode: 1,
      out: '',
      err: expect.stringMatching(expected),
    });
  });

  test('an empty list is a note', async () => {
    const empty = await startTraceServer({ port: 0, onWarning: () => undefined });

    expect(await trace('--failed', { TRACES_PORT: `${empty.port}` })).toEqual({
      exitCode: 0,
      out: '',
      err: 'No trace has a failed span.\n',
    });
    await empty.stop();
  });

  test('another program at the port is named', async () => {
    const port = await freePort();
    const other = createServer((_, response) => response.end('hello')).listen(port, LOCAL_HOST);

    expect((await trace('order-1', { TRACES_PORT: `${port}` })).err).toMatch(
      /^The program at http:\/\/127\.0\.0\.1:\d+ does not answer as the trace store of this release \(status 200\)/,
    );
    other.close();
  });
});
