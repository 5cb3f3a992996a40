import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { textWidth } from '../../../cli/text-width.ts';
import { readSpans, type TraceSpan } from '../../../ops/trace/trace-spans.ts';
import { type WaterfallOptions, waterfallLines } from '../../../ops/trace/waterfall.ts';
import { OTHER_TRACE_ID, type SpanParts, stringAttribute, tracesData } from '../../support/otlp.ts';

const plain: WaterfallOptions = {
  width: 80,
  all: false,
  attributes: false,
  nameOf: () => undefined,
  paint: (_, text) => text,
};

const draw = (spans: readonly SpanParts[], options: Partial<WaterfallOptions> = {}): string =>
  waterfallLines(readSpans(tracesData(spans)), { ...plain, ...options }).join('\n');

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

const order: readonly SpanParts[] = [
  { id: '1', name: 'POST /api/orders', kind: SERVER, ms: 40 },
  { id: '2', parent: '1', name: 'send orders', kind: PRODUCER, atMs: 10, ms: 25 },
  { id: '3', parent: '2', name: 'process order', kind: CONSUMER, atMs: 60, ms: 90 },
  { id: '4', parent: '3', name: 'INSERT orders', kind: CLIENT, atMs: 70, ms: 50.25 },
  { id: '5', parent: '3', name: 'send orders.status', kind: PRODUCER, atMs: 130, ms: 30 },
];

describe('the waterfall', () => {
  test('shows the tree with kind and service, start, duration and a bar on a common scale', () => {
    expect(`\n${draw(order)}`).toBe(`
POST /api/orders (server, orderly)        +0 ms    40 ms  █████▌
└─ send orders (producer)                +10 ms    25 ms   ███▉
   └─ process order (consumer)           +60 ms    90 ms          ████████████▋
      ├─ INSERT orders (client)          +70 ms  50.3 ms           ███████▌
      └─ send orders.status (producer)  +130 ms    30 ms                   █████`);
  });

  test('uses the width of the terminal', () => {
    const lines = draw(order, { width: 120 }).split('\n');

    expect(Math.max(...lines.map(textWidth))).toBe(120);
  });

  test('names the service where it is another one than the parent', () => {
    const data = [
      ...readSpans(tracesData([{ id: '1', name: 'send' }], 'shop')),
      ...readSpans(tracesData([{ id: '2', parent: '1', name: 'POST', kind: SERVER }], 'orderly')),
    ];

    expect(waterfallLines(data, plain)[1]).toMatch(/^└─ POST \(server, orderly\) /);
  });

  test('marks a failed span, and prints its message below it', () => {
    const spans = [
      order[0],
      { id: '2', parent: '1', name: 'send orders', error: 'no\u001b[2J broker' },
    ].filter((span) => span !== undefined);

    expect(`\n${draw(spans)}`).toBe(`
POST /api/orders (server, orderly)  +0 ms  40 ms  ██████████████████████████████
└─ ✗ send orders                    +0 ms   1 ms  ▊
      ✗ no\\u001b[2J broker`);
  });

  test('marks a span without its parent, and explains the mark', () => {
    expect(`\n${draw([{ id: '2', parent: '1', name: 'process order', ms: 8 }])}`).toBe(`
⋯ process order (orderly)  +0 ms  8 ms  ████████████████████████████████████████
⋯ its parent is not in the trace store: docs/tracing.md`);
  });

  test('shows spans whose parents form a cycle', () => {
    const cycle = [
      { id: '1', parent: '2', name: 'one' },
      { id: '2', parent: '1', name: 'two' },
      { id: '3', parent: '3', name: 'self', atMs: 1 },
    ];

    expect(draw(cycle).replaceAll(/ {2,}.*$/gm, '')).toBe(
      ['↻ one (orderly)', '└─ two', '↻ self (orderly)', '↻ its parent is one of its descendants'].join('\n'),
    );
  });

  test('shows links with the name of the linked span if it is known, and three of many', () => {
    const links = ['1', '2', '3', '4', '5'].map((id) => ({ traceId: OTHER_TRACE_ID, id }));
    const spans = [{ id: '1', name: 'process orders', links }];
    const nameOf: WaterfallOptions['nameOf'] = ({ spanId }) =>
      spanId.endsWith('2') ? 'send orders' : undefined;

    expect(draw(spans, { nameOf }).split('\n').slice(1)).toEqual([
      `   ↳ linked to ${OTHER_TRACE_ID}`,
      `   ↳ linked to ${OTHER_TRACE_ID} send orders`,
      `   ↳ linked to ${OTHER_TRACE_ID}`,
      '   ↳ … 2 more links',
    ]);
    expect(draw(spans, { all: true })).not.toContain('more');
  });

  test('prints attributes and events on request, in the lines of the tree', () => {
    const spans: SpanParts[] = [
      {
        id: '1',
        name: 'POST',
        attributes: [
          stringAttribute('http.route', '/api/orders'),
          { key: 'count', value: { intValue: '3' } },
          {
            key: 'mixed',
            value: {
              arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }, { bytesValue: 'AA==' }] },
            },
          },
          { key: 'map', value: { kvlistValue: { values: [{ key: 'a', value: { stringValue: 'b' } }] } } },
        ],
        events: [
          {
            name: 'exception',
            timeUnixNano: '1795962727415000000',
            attributes: [stringAttribute('exception.message', 'x'.repeat(100))],
          },
        ],
      },
      { id: '2', parent: '1', name: 'send' },
    ];

    expect(draw(spans, { attributes: true, width: 60 }).split('\n').slice(1, -1)).toEqual([
      '│  http.route = /api/orders',
      '│  count = 3',
      '│  mixed = [true, 1.5, AA==]',
      '│  map = {a: b}',
      '│  • exception after 3 ms',
      `│    exception.message = ${'x'.repeat(35)}`,
      `│  ${'x'.repeat(57)}`,
      `│  ${'x'.repeat(8)}`,
    ]);
    expect(draw(spans)).not.toContain('http.route');
  });

  test('folds long lists of siblings with the same name, but not the first and the failed ones', () => {
    const children = Array.from({ length: 190 }, (_, index) => ({
      id: `${index + 100}`,
      parent: '1',
      atMs: index,
      ...(index === 50 && { error: 'rejected' }),
    }));
    const inside = { id: '999', parent: '150', name: 'SELECT', atMs: 190 };
    const spans = [{ id: '1', name: 'process orders', ms: 200 }, ...children, inside];

    const lines = draw(spans).split('\n');

    expect(lines).toHaveLength(1 + 10 + 1 + 2 + 1);
    expect(lines[11]).toBe('├─ … 179 more "process order" spans   +10 ms  180 ms   ░░░░░░░░░░░░░░░░░░░░░░░░');
    expect(lines[12]).toMatch(/^└─ ✗ process order +\+50 ms/);
    expect(draw(spans, { all: true }).split('\n')).toHaveLength(193);
  });

  test('shows of a bulk the spans of the given order only, and folds those of the other orders', () => {
    const ids = Array.from({ length: 12 }, (_, index) => `bulk-${index}`);
    const records = ids.map((orderId, index) => ({ id: `a${index}`, parent: '1', orderId }));
    const writes = ids.map((orderId, index) => ({
      id: `b${index}`,
      parent: `a${index}`,
      orderId,
      name: 'INSERT',
    }));
    const spans = [{ id: '1', name: 'send orders' }, ...records, ...writes];

    const names = draw(spans, { orderId: 'bulk-11' }).replaceAll(/ {2,}\+.*$/gm, '');

    expect(names.split('\n')).toEqual([
      'send orders (orderly)',
      '├─ … 11 more "process order" spans, 11 below them',
      '└─ process order',
      '   └─ INSERT',
    ]);
    expect(draw(spans, { orderId: 'bulk-11', all: true }).split('\n')).toHaveLength(25);
    expect(draw(spans).split('\n')).toHaveLength(25);
  });

  test('prints the code of a failed span without a description', () => {
    const spans = [
      {
        id: '1',
        name: 'process order',
        error: '',
        attributes: [stringAttribute('error.type', 'order_unknown')],
      },
      { id: '2', name: 'send', atMs: 1, attributes: [stringAttribute('error.type', 'not failed')] },
    ];

    expect(draw(spans)).toContain('✗ order_unknown');
    expect(draw(spans)).not.toContain('not failed');
  });

  test('a fold counts failed spans that are not shown, and the spans below', () => {
    const failed = Array.from({ length: 40 }, (_, index) => ({
      id: `${index + 100}`,
      parent: '1',
      error: '',
    }));
    const spans = [{ id: '1' }, ...failed, { id: '200', parent: '139' }, { id: '201', parent: '200' }];

    expect(draw(spans, { width: 120 })).toContain('… 20 more "process order" spans, 20 failed, 2 below them');
  });

  test('siblings with the same start are in the order of their ids, whatever the order of the exports is', () => {
    const root = { id: '1' };
    const twins = [
      { id: '3', parent: '1', name: 'three' },
      { id: '2', parent: '1', name: 'two' },
    ];

    expect(draw([root, ...twins])).toBe(draw([...twins.toReversed(), root]));
  });

  test('siblings with other names are not folded', () => {
    const children = Array.from({ length: 40 }, (_, index) => ({
      id: `${index + 100}`,
      parent: '1',
      name: `step ${index % 20}`,
    }));

    expect(draw([{ id: '1' }, ...children])).not.toContain('more');
  });

  test('a child before its parent, and spans without a duration, are drawn inside the width', () => {
    const skewed = [
      { id: '1', name: 'late parent', atMs: 50, ms: 10 },
      { id: '2', parent: '1', name: 'early child', atMs: 30, ms: -5 },
      { id: '3', parent: '1', name: 'at the end', atMs: 60, ms: 0 },
    ];

    expect(`\n${draw(skewed, { width: 60 })}`).toBe(`
late parent (orderly)  +20 ms  10 ms                ████████
├─ early child          +0 ms   0 ms  ▏
└─ at the end          +30 ms   0 ms                       █`);
  });

  test('a long time without a span is folded, so that the bars around it can be compared', () => {
    const retried = [
      { id: '1', name: 'send orders', ms: 20 },
      { id: '2', parent: '1', name: 'POST', atMs: 20, ms: 40 },
      { id: '3', parent: '1', name: 'POST', atMs: 60_060, ms: 20 },
    ];

    expect(`\n${draw(retried)}`).toBe(`
send orders (orderly)         +0 ms      20 ms  ███████▎
├─ POST                      +20 ms      40 ms         ██████████████▊
└─ POST                  +1 min 0 s      20 ms                          ████████
┄ no span, not to scale      +60 ms  1 min 0 s                       ┄┄┄┄`);
  });

  test('a shorter time without a span is drawn to scale', () => {
    const spans = [
      { id: '1', ms: 20 },
      { id: '2', parent: '1', atMs: 90, ms: 10 },
    ];

    expect(draw(spans)).not.toContain('┄');
  });

  test('columns stay aligned with wide and combining characters', () => {
    const spans = [
      { id: '1', name: '订单 e\u0301' },
      { id: '2', parent: '1', name: 'abc' },
    ];

    const [first = '', second = ''] = draw(spans).split('\n');

    const columnOf = (line: string): number => textWidth(line.slice(0, line.indexOf('+0 ms')));
    expect(columnOf(first)).toBe(columnOf(second));
  });

  test('a chain of 10,000 spans is drawn', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => ({
      id: (index + 1).toString(16),
      parent: index === 0 ? '' : index.toString(16),
    }));

    const lines = draw(chain).split('\n');

    expect(lines).toHaveLength(10_000);
    expect(lines.at(-1)).toMatch(/^… +└─ process order/);
  });

  test('can be coloured part by part', () => {
    const coloured = draw([{ id: '1', name: 'x', error: 'why' }], {
      paint: (colour, text) => `<${colour}>${text}`,
    });

    expect(coloured).toMatch(/^<gray><red>✗ x \(orderly\) {2}<gray>\+0 ms {2}1 ms {2}<red>█+\n.*<red>✗ why$/);
  });
});

describe('any spans', () => {
  const id = fc.integer({ min: 1, max: 40 });
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\ud800', 'process order', 'send', '订单', '👩‍👩‍👧'),
  );
  const anySpan = fc.record({
    id,
    parent: fc.option(fc.integer({ min: 0, max: 45 })),
    name: text,
    kind: fc.integer({ min: 0, max: 9 }),
    atMs: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -1.7e12, max: 1.6e13, noNaN: true })),
    ms: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.double({ min: -1e9, max: 1e12, noNaN: true })),
    error: fc.option(text, { nil: undefined }),
    links: fc.array(fc.record({ traceId: fc.constant(OTHER_TRACE_ID), id: fc.constant('1') }), {
      maxLength: 5,
    }),
    attribute: text,
  });
  const anyTrace = fc.array(anySpan, { maxLength: 120 }).map((spans) =>
    readSpans(
      tracesData(
        spans.map(({ id: number, parent, error, attribute, ...span }) => ({
          ...span,
          id: `${number}`,
          ...(parent !== null && { parent: `${parent}` }),
          ...(error !== undefined && { error }),
          attributes: [stringAttribute('text', attribute)],
        })),
      ),
    ),
  );
  const anyOptions = fc.record({
    width: fc.integer({ min: 60, max: 200 }),
    all: fc.boolean(),
    attributes: fc.boolean(),
    nameOf: text.map((name) => () => readSpans(tracesData([{ id: '1', name }]))[0]?.name),
  });

  test('are drawn without an error, within the width, and without control characters', () => {
    fc.assert(
      fc.property(anyTrace, anyOptions, (spans, options) => {
        const lines = waterfallLines(spans, { ...plain, ...options });

        expect(Math.max(0, ...lines.map(textWidth))).toBeLessThanOrEqual(options.width);
        expect(lines.join('')).not.toMatch(
          /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u,
        );
        expect(lines.join('').isWellFormed()).toBe(true);
      }),
    );
  });

  test('appear once each, in a line of their own or in the count of a fold', () => {
    fc.assert(
      fc.property(anyTrace, fc.boolean(), (spans, all) => {
        const named = spans.map(
          (span): TraceSpan => ({ ...span, name: 'process order', links: [], message: '' }),
        );
        const lines = waterfallLines(named, { ...plain, all, width: 300 }).filter((line) =>
          /^[^┄].*\+/.test(line),
        );

        const counts = lines.map((line) => {
          const [, count = '1', below = '0'] = /… (\d+) more (?:.*?(\d+) below them)?/.exec(line) ?? [];
          return Number(count) + Number(below);
        });
        const sum = counts.reduce((total, count) => total + count, 0);
        expect(sum).toBe(new Set(spans.map(({ spanId }) => spanId)).size);
      }),
    );
  });
});
