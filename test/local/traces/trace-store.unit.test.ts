import { describe, expect, test } from '@jest/globals';
import { receiveSpans } from '../../../local/traces/receive-spans.ts';
import {
  createTraceStore,
  type TraceStore,
  type TraceStoreLimits,
  traceStoreLimits,
} from '../../../local/traces/trace-store.ts';
import type { TraceListQuery } from '../../../local/traces/trace-views.ts';
import {
  OTHER_TRACE_ID,
  otlpBody,
  otlpSpan,
  type SpanParts,
  stringAttribute,
  TRACE_ID,
} from '../../support/otlp.ts';

const idOf = (index: number): string => (index + 1).toString(16).padStart(32, '0');

function storeWith(limits: Partial<TraceStoreLimits>, ...exports: (readonly SpanParts[])[]): TraceStore {
  const store = createTraceStore({ ...traceStoreLimits, ...limits });
  for (const spans of exports) {
    receiveSpans(store, otlpBody(spans));
  }
  return store;
}

const list = (store: TraceStore, query: Partial<TraceListQuery> = {}) =>
  store.list({ orderId: undefined, failed: false, slow: false, limit: 10_000, ...query });
const idsOf = (store: TraceStore, query?: Partial<TraceListQuery>): string[] =>
  list(store, query).map(({ trace_id }) => trace_id);
const read = (store: TraceStore, traceId = TRACE_ID) => JSON.parse(store.read(traceId) ?? 'null');

describe('the summary of a trace', () => {
  test('has root, start, duration, number of spans and orders, from several exports', () => {
    const store = storeWith(
      {},
      [{ id: '2', parent: '1', name: 'send orders', atMs: 2, ms: 30, error: 'no broker' }],
      [{ id: '1', parent: 'ff', name: 'POST /api/orders', atMs: 1.25, ms: 5, orderId: 'order-1' }],
    );

    expect(list(store)).toEqual([
      {
        trace_id: TRACE_ID,
        root_name: 'POST /api/orders',
        started_at: '2026-11-29T14:32:07.413Z',
        duration_ms: 30.75,
        span_count: 2,
        failed: true,
        order_ids: ['order-1'],
        order_count: 1,
      },
    ]);
  });

  test('has the first span without a stored parent as the root, although the clock of its child is ahead', () => {
    const store = storeWith(
      {},
      [{ id: '2', parent: '1', name: 'child', atMs: -3 }],
      [{ id: '1', parent: 'ff', name: 'root' }],
    );

    expect(list(store)).toMatchObject([{ root_name: 'root' }]);
  });

  test('a span that ends before it starts, or has no end, has no duration', () => {
    const { endTimeUnixNano: _, ...endless } = otlpSpan({ id: '2', atMs: 4 });
    const store = storeWith({}, [{ id: '1', atMs: 3, ms: -50 }]);
    receiveSpans(store, { resourceSpans: [{ scopeSpans: [{ spans: [endless] }] }] });

    expect(list(store)).toMatchObject([{ duration_ms: 1 }]);
  });

  test('lists 100 orders and counts all', () => {
    const values = Array.from({ length: 120 }, (_, index) => ({ stringValue: `order-${index}` }));
    const attributes = [{ key: 'orderly.order.ids', value: { arrayValue: { values } } }];
    const store = storeWith({}, [{ id: '1', attributes, orderId: 'order-7' }]);

    const [summary] = list(store);

    expect(summary?.order_ids).toHaveLength(100);
    expect(summary?.order_count).toBe(120);
    expect(idsOf(store, { orderId: 'order-119' })).toEqual([TRACE_ID]);
  });
});

describe('the list', () => {
  const store = storeWith(
    {},
    [{ traceId: idOf(0), id: '1', atMs: 0, ms: 20, orderId: 'a' }],
    [{ traceId: idOf(1), id: '1', atMs: 200, ms: 10, orderId: 'a', error: '' }],
    [{ traceId: idOf(2), id: '1', atMs: 100, ms: 30, orderId: 'b' }],
  );

  test.each<[string, Partial<TraceListQuery>, number[]]>([
    ['is newest first', {}, [1, 2, 0]],
    ['is longest first with slow', { slow: true }, [2, 0, 1]],
    ['has only failed traces with failed', { failed: true }, [1]],
    ['has only traces with the order', { orderId: 'a' }, [1, 0]],
    ['is empty for an unknown order', { orderId: 'c' }, []],
    ['has at most this many', { slow: true, limit: 2 }, [2, 0]],
  ])('%s', (_, query, expected) => {
    expect(idsOf(store, query)).toEqual(expected.map(idOf));
  });
});

describe('the store', () => {
  test('gives a trace as OTLP/JSON with the resource and scope of each sender, and with unknown fields', () => {
    const store = createTraceStore();
    receiveSpans(store, otlpBody([{ id: '1', parent: '0' }], 'one'));
    const unknown = { ...otlpSpan({ id: 'AB' }), flags: 257, future: [1] };
    receiveSpans(store, { resourceSpans: [{ scopeSpans: [{ spans: [unknown] }] }] });

    expect(read(store)).toEqual({
      resourceSpans: [
        {
          resource: { attributes: [stringAttribute('service.name', 'one')] },
          scopeSpans: [{ scope: { name: 'test' }, spans: [{ ...otlpSpan({ id: '1' }), parentSpanId: '' }] }],
        },
        { scopeSpans: [{ spans: [{ ...unknown, spanId: '00000000000000ab' }] }] },
      ],
    });
    expect(store.read(OTHER_TRACE_ID)).toBeUndefined();
  });

  test('a span that is sent again replaces the first one', () => {
    const store = storeWith({}, [{ id: '1', name: 'old' }], [{ id: '1', name: 'new' }], [{ id: '2' }]);

    expect(read(store).resourceSpans[0].scopeSpans[0].spans).toMatchObject([{ name: 'new' }, {}]);
    expect(list(store)).toMatchObject([{ span_count: 2, root_name: 'new' }]);
  });

  test('evicts the trace with the oldest update, together with its orders', () => {
    const span = (index: number, id: string): SpanParts => ({ traceId: idOf(index), id, orderId: 'same' });
    const store = storeWith(
      { traces: 2 },
      [span(0, '1')],
      [span(1, '1')],
      [span(0, '2')], // trace 1 is the oldest now
      [span(2, '1')],
    );

    expect(idsOf(store).sort()).toEqual([idOf(0), idOf(2)]);
    expect(idsOf(store, { orderId: 'same' }).sort()).toEqual([idOf(0), idOf(2)]);
  });

  test('a trace that returns after its eviction has only its new orders', () => {
    const store = storeWith(
      { traces: 1 },
      [{ traceId: idOf(0), id: '1', orderId: 'old' }],
      [{ traceId: idOf(1), id: '1' }],
      [{ traceId: idOf(0), id: '2' }],
    );

    expect(idsOf(store, { orderId: 'old' })).toEqual([]);
  });

  test('keeps 5,000 traces', () => {
    const spans = Array.from({ length: 5_100 }, (_, index) => ({ traceId: idOf(index), id: '1' }));
    const store = storeWith({}, spans);

    expect(list(store)).toHaveLength(5_000);
    expect(store.read(idOf(99))).toBeUndefined();
    expect(store.read(idOf(100))).toBeDefined();
  });

  test('evicts by bytes too, and frees the bytes of what it evicts and replaces', () => {
    const large = (index: number, id = '1'): SpanParts => ({
      traceId: idOf(index),
      id,
      attributes: [stringAttribute('text', 'x'.repeat(10_000))],
    });
    const store = storeWith({ bytes: 40_000, bytesPerTrace: 30_000 });
    for (let index = 0; index < 50; index += 1) {
      receiveSpans(store, otlpBody([large(index)]));
      receiveSpans(store, otlpBody([large(index)]));
    }

    expect(idsOf(store).sort()).toEqual([idOf(47), idOf(48), idOf(49)]);
  });

  test.each<[string, Partial<TraceStoreLimits>]>([
    ['spans', { spansPerTrace: 3 }],
    ['bytes', { bytesPerTrace: 3_000 }],
  ])('rejects spans beyond the %s of one trace, and accepts those of other traces', (_, limits) => {
    const store = createTraceStore({ ...traceStoreLimits, ...limits });
    const spans = ['1', '2', '3', '4', '5'].map((id) => ({ id }));

    const answer = receiveSpans(store, otlpBody([...spans, { id: '1', traceId: OTHER_TRACE_ID }]));

    expect(answer.partialSuccess).toEqual({
      rejectedSpans: '2',
      errorMessage: 'The rejected spans belong to traces that have reached a limit of the trace store.',
    });
    expect(receiveSpans(store, otlpBody([{ id: '2' }]))).toEqual({ partialSuccess: {} });
    expect(
      list(store)
        .map(({ span_count }) => span_count)
        .sort(),
    ).toEqual([1, 3]);
  });

  test('many short order ids count as bytes', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => ({ stringValue: `${index}` }));
    const attributes = [{ key: 'orderly.order.ids', value: { arrayValue: { values } } }];
    const store = createTraceStore({ ...traceStoreLimits, bytesPerTrace: 100_000 });

    expect(receiveSpans(store, otlpBody([{ id: '1', attributes }]))).toMatchObject({
      partialSuccess: { rejectedSpans: '1' },
    });
    expect(list(store)).toEqual([]);
  });
});

describe('an export request', () => {
  const withSpan = (changes: object) => ({
    resourceSpans: [{ scopeSpans: [{ spans: [{ ...otlpSpan({ id: '1' }), ...changes }] }] }],
  });

  test.each<[string, object]>([
    ['all fields', {}],
    [
      'null in optional fields',
      {
        parentSpanId: null,
        name: null,
        kind: null,
        attributes: null,
        events: null,
        links: null,
        status: null,
      },
    ],
    ['an empty parent', { parentSpanId: '' }],
    ['an id in capital letters', { traceId: TRACE_ID.toUpperCase() }],
    ['a time that is a number', { startTimeUnixNano: 1.7e18 }],
    [
      'attributes without a value',
      { attributes: [{ key: 'k' }, { key: 'n', value: { kvlistValue: { values: [{ key: 'm' }] } } }] },
    ],
  ])('whose span has %s is stored', (_, changes) => {
    const store = createTraceStore();

    expect(receiveSpans(store, withSpan(changes))).toEqual({ partialSuccess: {} });
    expect(idsOf(store)).toEqual([TRACE_ID]);
  });

  test('without spans is accepted', () => {
    const store = createTraceStore();

    expect(receiveSpans(store, {})).toEqual({ partialSuccess: {} });
    expect(receiveSpans(store, { resourceSpans: [{ scopeSpans: null }] })).toEqual({ partialSuccess: {} });
  });

  test.each<[string, unknown]>([
    ['the body must be of type object', []],
    ['resourceSpans must be of type array', { resourceSpans: {} }],
    ['traceId must be 32 hexadecimal digits, not all 0', withSpan({ traceId: '0'.repeat(32) })],
    ['traceId must be 32 hexadecimal digits, not all 0', withSpan({ traceId: 'S/kvNXezTaajzpKdDg5HNg==' })],
    ['spanId must be 16 hexadecimal digits', withSpan({ spanId: undefined })],
    ['parentSpanId must be 16 hexadecimal digits, or empty', withSpan({ parentSpanId: '1' })],
    ['startTimeUnixNano must be nanoseconds since the epoch', withSpan({ startTimeUnixNano: undefined })],
    ['startTimeUnixNano must be nanoseconds since the epoch', withSpan({ startTimeUnixNano: -1 })],
    ['kind must be of type number', withSpan({ kind: 'SPAN_KIND_SERVER' })],
    ['attributes.0.key must be of type string', withSpan({ attributes: [{ key: 1 }] })],
  ])('is rejected as a whole with the place of the error: %s', (expected, body) => {
    const store = createTraceStore();

    expect(() => receiveSpans(store, body)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        message: expect.stringContaining(`${expected}.`),
      }),
    );
    expect(list(store)).toEqual([]);
  });
});
