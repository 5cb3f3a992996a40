import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { OperationStart } from '../../../../lib/observability/flow-events.ts';
import {
  createTracer,
  type LostSpans,
  type TracedInvocation,
  type Tracer,
} from '../../../../lib/observability/traces/tracer.ts';
import { aRecord } from '../../../support/records.ts';
import { startTraceCollector, type TraceCollector } from '../../../support/trace-collector.ts';

const sampled: [string, Buffer] = ['traceparent', Buffer.from(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)];

let collector: TraceCollector;
let tracer: Tracer;

beforeEach(async () => {
  collector = await startTraceCollector();
  tracer = createTracer({
    settings: {
      endpoint: collector.url,
      ratio: 1,
      stage: 'local',
      stopsAfterAnswer: false,
      functionName: undefined,
      region: undefined,
    },
    version: '1.0.0',
    credentials: () => Promise.reject(new Error('a local collector needs no credentials')),
    clock: Date.now,
  });
});
afterEach(async () => {
  await collector[Symbol.asyncDispose]();
});

/** Sends the spans of a batch: one of each record, and its own. */
function sendBatch(orders: number): ReturnType<TracedInvocation['send']> {
  const records = Array.from({ length: orders }, (_, offset) => aRecord({ offset, headers: [sampled] }));
  const batch: OperationStart<'batch.processed'> = {
    name: 'batch.processed',
    start: { function: 'process-orders', requestId: 'r', consumerGroup: 'group', records },
  };
  const { trace, send } = tracer.begin<'batch.processed'>(batch, {});
  const end = { created: orders, updated: 0, deadLetters: 0 };
  trace.end({ ...batch, startedAt: 0, durationMs: 1, outcome: { ok: true, end } });
  return send();
}

const sendBatches = (...orders: readonly number[]): Promise<(LostSpans | undefined)[]> =>
  Promise.all(orders.map(sendBatch));

test('locally, spans of several invocations are sent with one request', async () => {
  expect(await sendBatches(1, 2, 3)).toEqual([undefined, undefined, undefined]);
  expect(collector.requests).toHaveLength(1);
  expect(collector.spans()).toHaveLength(2 + 3 + 4);

  await sendBatches(1);
  expect(collector.requests).toHaveLength(2);
});

test('one request has the spans of several invocations only up to 500 spans', async () => {
  await sendBatches(300, 300, 100);

  expect(collector.requests).toHaveLength(2); // the third invocation joins the second
  expect(collector.spans()).toHaveLength(301 + 301 + 101);
});

test('a failed request is reported once, with the spans of all its invocations', async () => {
  collector.reply = 500;

  expect(await sendBatches(1, 2, 3)).toEqual([
    { spans: 2 + 3 + 4, reason: expect.stringContaining('the collector answered 500') },
    undefined,
    undefined,
  ]);
});
