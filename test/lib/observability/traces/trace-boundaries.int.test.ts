import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { OrderlyError } from '../../../../lib/errors/orderly-error.ts';
import { observe, report } from '../../../../lib/observability/observe.ts';
import { currentTrace, runOutsideTrace } from '../../../../lib/observability/traces/current-trace.ts';
import { shareReads } from '../../../../lib/runtime/share-reads.ts';
import { schemaIdCache } from '../../../../lib/schema-registry/schema-id-cache.ts';
import { systemClock } from '../../../../lib/time/clock.ts';
import { startTraceCollector, type TraceCollector } from '../../../support/trace-collector.ts';

let collector: TraceCollector;
const lines: string[] = [];

beforeAll(async () => {
  collector = await startTraceCollector();
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url; // read with the first operation
  process.env.OTEL_TRACES_SAMPLER_ARG = '1';
  process.env.STAGE = 'test'; // as on Lambda, spans are sent before the answer
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      lines.push(String(text));
      return true;
    });
  }
});
afterEach(() => {
  lines.length = 0;
});
afterAll(async () => {
  jest.restoreAllMocks();
  await collector[Symbol.asyncDispose]();
});

const request = <Result>(
  work: () => Promise<Result>,
  traceparent?: string,
  route = 'GET /api/orders',
): Promise<Result> =>
  observe(
    'request.answered',
    {
      requestId: 'request-1',
      method: 'GET',
      path: '/api/orders',
      route,
      orderId: undefined,
      traceparent,
    },
    work,
    () => ({ status: 200, fields: {} }),
  );

const traceIdIn = (text: string): string | undefined =>
  /"trace_id":"(\w+)"/.exec(lines.find((line) => line.includes(text)) ?? '')?.[1];

test('a line inside a sampled request has its trace', async () => {
  await request(async () => report('owner.unchecked', { error: 'away' }));

  expect(traceIdIn('The owner of the order')).toMatch(/^[\da-f]{32}$/);
  expect(traceIdIn('The owner of the order')).toBe(traceIdIn('GET /api/orders 200'));
});

test('a look-up that several requests wait for has the trace of none, and each request keeps its own', async () => {
  const unknown = async (): Promise<never> => {
    throw new OrderlyError('schema_registry_failed', 'away');
  };
  const idOf = schemaIdCache(unknown, systemClock);
  const isOutside = shareReads(async () => currentTrace() === undefined, 5_000, systemClock);

  const seen = await Promise.all(
    [1, 2].map(() =>
      request(async () => {
        await idOf('orders-value');
        return [await isOutside(), currentTrace() !== undefined];
      }),
    ),
  );

  expect(seen).toEqual([
    [true, true],
    [true, true],
  ]);
  expect(lines.filter((line) => line.includes('The id of a schema'))).toHaveLength(1);
  expect(traceIdIn('The id of a schema')).toBeUndefined();
});

test('an unsampled request has no trace, also when a sampled one starts it', async () => {
  const inner = await request(() =>
    request(async () => currentTrace(), `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`),
  );

  expect(inner).toBeUndefined();
});

test('a health check belongs to the trace of a caller only', async () => {
  const traced = (traceparent?: string) =>
    request(async () => currentTrace() !== undefined, traceparent, 'GET /api/health');

  expect(await traced()).toBe(false);
  expect(await traced(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)).toBe(true);
});

test('work outside of a trace returns to it', async () => {
  const seen = await request(async () => {
    const outside = runOutsideTrace(() => currentTrace());
    return [outside, currentTrace()?.span];
  });

  expect(seen).toEqual([undefined, { traceId: expect.any(String), spanId: expect.any(String) }]);
});

test('a collector that answers 200 with a text of its own has accepted the spans', async () => {
  collector.reply = { text: 'ok' };

  await request(async () => undefined);

  expect(lines.filter((line) => line.includes('spans were lost'))).toEqual([]);
});

test('a clock that is set back does not prolong the pause after a failure', async () => {
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
  collector.reply = 500;
  await request(async () => undefined);
  collector.reply = 200;
  const before = collector.requests.length;

  clock.mockReturnValue(now - 4_000);
  await request(async () => undefined);
  expect(collector.requests.length).toBe(before);
  clock.mockReturnValue(now - 3_600_000);
  await request(async () => undefined);

  expect(collector.requests.length).toBe(before + 1);
});
