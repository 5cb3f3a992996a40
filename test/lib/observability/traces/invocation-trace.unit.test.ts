import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { SpanKind } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { OperationStart } from '../../../../lib/observability/flow-events.ts';
import { serializeSpans } from '../../../../lib/observability/traces/export-spans.ts';
import { InvocationTrace } from '../../../../lib/observability/traces/invocation-trace.ts';
import { createSpanRecorder, MAX_SPANS } from '../../../../lib/observability/traces/span-recorder.ts';
import { describeOperation } from '../../../../lib/observability/traces/spans.ts';
import { tracesDataSchema } from '../../../../local/traces/otlp.ts';
import { aRecord } from '../../../support/records.ts';

const traceparentOf = (index: number): string =>
  `00-${'a'.repeat(32)}-${(index + 1).toString(16).padStart(16, '0')}-01`;

test(`an invocation records at most ${MAX_SPANS} spans, and the orders beyond them stay in their traces`, () => {
  const orders = Array.from({ length: MAX_SPANS }, (_, index) => ({
    orderId: `o-${index}`,
    commands: [
      {
        type: 'order.created' as const,
        record: aRecord({ offset: index, headers: [['traceparent', Buffer.from(traceparentOf(index))]] }),
      },
    ],
  }));
  const records = orders.flatMap(({ commands }) => commands.map(({ record }) => record));
  const batch: OperationStart<'batch.processed'> = {
    name: 'batch.processed',
    start: { function: 'process-orders', requestId: 'r', consumerGroup: 'group', records },
  };
  const recorder = createSpanRecorder(resourceFromAttributes({}), '1.0.0');
  const trace = new InvocationTrace(recorder, describeOperation<'batch.processed'>(batch));

  trace.startBatch(records);
  const written: OperationStart<'batch.written'> = {
    name: 'batch.written',
    start: { orders, deadLetters: 0 },
  };
  expect(trace.start<'batch.written'>(written, trace.root)).toBeUndefined();
  const last = trace.traceparentOfOrder(`o-${MAX_SPANS - 1}`);
  expect(trace.startSend({ topic: 'orders.status', traceparent: last })).toBeUndefined();
  expect(last).toBe(traceparentOf(MAX_SPANS - 1)); // the span that sent the record
  expect(trace.traceparentOfOrder('o-0')).not.toBe(traceparentOf(0)); // its own span
  trace.end({
    ...batch,
    startedAt: 0,
    durationMs: 1,
    outcome: { ok: true, end: { created: 1, updated: 0, deadLetters: 0 } },
  });

  const spans = recorder.take();
  expect([spans.length, recorder.dropped > 0]).toEqual([MAX_SPANS, true]);
  expect(trace.traceparentOfOrder('o-0')).toBeUndefined();
  const json = serializeSpans(spans);
  expect(Buffer.byteLength(json)).toBeLessThan(4 * 1024 * 1024);
  expect(() => tracesDataSchema.parse(JSON.parse(json))).not.toThrow();
});

test('the span of a run begins with the run, although its first sampled order appears later', async () => {
  const run: OperationStart<'calls.made'> = {
    name: 'calls.made',
    start: { function: 'retry-orders', requestId: 'r' },
  };
  const recorder = createSpanRecorder(resourceFromAttributes({}), '1.0.0');
  const startedAt = Date.now();
  const trace = new InvocationTrace(recorder, describeOperation<'calls.made'>(run));
  const begunBy = Date.now();
  await setTimeout(20);

  const record = aRecord({ headers: [['traceparent', Buffer.from(traceparentOf(1))]] });
  const receiver = { address: 'shop', port: 80 };
  const start = { orderId: 'o-1', attempt: 1, record, receiver };
  trace.start<'attempt.called'>({ name: 'attempt.called', start }, undefined);
  trace.end({ ...run, startedAt, durationMs: 20, outcome: { ok: false, error: new Error('away') } });

  const [root] = recorder.take();
  expect(root?.name).toBe('retry orders');
  expect((root?.startTime[0] ?? 0) * 1_000 + (root?.startTime[1] ?? 0) / 1e6).toBeLessThan(begunBy + 15);
});

test.each([
  [503, 'kafka_unavailable'],
  [207, undefined],
])('a request that is answered %s has the error %s: the code of its problem', (status, type) => {
  const request: OperationStart<'request.answered'> = {
    name: 'request.answered',
    start: {
      requestId: 'r',
      method: 'POST',
      path: '/api/orders',
      route: 'POST /api/orders',
      orderId: undefined,
      traceparent: undefined,
    },
  };
  const recorder = createSpanRecorder(resourceFromAttributes({}), '1.0.0');
  const trace = new InvocationTrace(recorder, describeOperation<'request.answered'>(request));

  trace.startRequest(undefined);
  const fact = { code: 'kafka_unavailable', message: 'Kafka is unavailable.', cause: undefined };
  trace.report<'request.failed'>({ name: 'request.failed', fact });
  trace.end({ ...request, startedAt: 0, durationMs: 1, outcome: { ok: true, end: { status, fields: {} } } });

  expect(recorder.take()[0]?.attributes['error.type']).toBe(type);
});

test('a message whose stored context is not sampled has no span', () => {
  const recorder = createSpanRecorder(resourceFromAttributes({}), '1.0.0');
  const relay = describeOperation<'outbox.relayed'>({ name: 'outbox.relayed', start: { requestId: 'r' } });
  const trace = new InvocationTrace(recorder, relay);
  const unsampled = traceparentOf(1).replace(/01$/, '00');

  expect(trace.startSend({ topic: 'orders.dlq', traceparent: unsampled })).toBeUndefined();
  expect(trace.root).toBeUndefined();
});

test('the value of an attribute has at most 256 characters, because callers choose paths and ids', () => {
  const recorder = createSpanRecorder(resourceFromAttributes({}), '1.0.0');
  const attributes = { 'url.path': `/${'x'.repeat(10_000)}` };
  recorder.start({ name: 'GET', kind: SpanKind.SERVER, attributes }, {})?.end();

  expect(recorder.take()[0]?.attributes['url.path']).toHaveLength(256);
});
