import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { EXPORT_TIMEOUT_MS } from '../../lib/observability/traces/export-spans.ts';
import { NEW_TRACES_PER_SECOND, READS_PER_SECOND } from '../../lib/observability/traces/sampler.ts';
import { orderNames, resourceNames, spanNames } from '../../lib/observability/traces/semantic-names.ts';
import { MAX_SPANS } from '../../lib/observability/traces/span-recorder.ts';
import { GROUPING_MS, PAUSE_AFTER_FAILURE_MS } from '../../lib/observability/traces/tracer.ts';
import { traceStoreLimits } from '../../local/traces/trace-store.ts';
import { traceHeading } from '../../ops/trace/trace-heading.ts';
import { readSpans, type SpanLink } from '../../ops/trace/trace-spans.ts';
import { waterfallLines } from '../../ops/trace/waterfall.ts';
import { OTHER_TRACE_ID, type SpanParts, spanIdOf, tracesData } from '../support/otlp.ts';

const page = readFileSync('docs/tracing.md', 'utf8');

/** The spans of other traces that the example links to. */
const batch = { traceId: OTHER_TRACE_ID, id: 'a' };
const firstCalls = { traceId: OTHER_TRACE_ID.replace('5', '6'), id: 'b' };
const laterCalls = { traceId: OTHER_TRACE_ID.replace('5', '7'), id: 'c' };
const linkedNames = new Map([
  [spanIdOf(batch.id), 'process orders'],
  [spanIdOf(firstCalls.id), 'process orders.status'],
  [spanIdOf(laterCalls.id), 'retry orders'],
]);

/** A recorded trace of an order whose first webhook call failed. */
const retried: readonly SpanParts[] = [
  { id: '1', name: 'POST /api/orders', kind: 2, ms: 5.84, orderId: 'first-order' },
  { id: '2', parent: '1', name: 'send orders', kind: 4, atMs: 1, ms: 5.13 },
  { id: '3', parent: '2', name: 'process order', kind: 5, atMs: 517, ms: 17.5, links: [batch] },
  { id: '4', parent: '3', name: 'INSERT orders', kind: 3, atMs: 517, ms: 5.04 },
  { id: '5', parent: '3', name: 'send orders.status', kind: 4, atMs: 522, ms: 7.93, links: [batch] },
  {
    ...{ id: '6', parent: '5', name: 'POST', kind: 3, atMs: 1_040, ms: 19.1, links: [firstCalls] },
    error: 'the receiver responded with status 503',
  },
  { id: '7', parent: '2', name: 'POST', kind: 3, atMs: 36_465, ms: 7.43, links: [laterCalls] },
  { id: '8', parent: '2', name: 'send orders.status', kind: 4, atMs: 36_475, ms: 25.6, links: [laterCalls] },
];

test('the example is what npm run trace prints', () => {
  const spans = readSpans(tracesData(retried));
  const options = {
    ...{
      width: 90,
      all: false,
      attributes: false,
      nameOf: ({ spanId }: SpanLink) => linkedNames.get(spanId),
    },
    paint: (_: string, text: string) => text,
  };
  const lines = [...traceHeading(spans, options), ...waterfallLines(spans, options)];

  expect(page).toContain(`\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`);
});

test('the limits of the store are those of the code', () => {
  const { traces, bytes, spansPerTrace, bytesPerTrace } = traceStoreLimits;
  const mib = (number: number): string => `${number / 1024 ** 2} MiB`;

  expect(page).toContain(`| traces | ${traces.toLocaleString('en-US')} |`);
  expect(page).toContain(`| JSON of all traces | ${mib(bytes)} |`);
  expect(page).toContain(
    `| one trace | ${spansPerTrace.toLocaleString('en-US')} spans and ${mib(bytesPerTrace)} |`,
  );
});

test('the page names every span attribute and every resource attribute', () => {
  const names = Object.values({ ...resourceNames, ...spanNames, ...orderNames });

  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

test('the page names the limits of tracing', () => {
  expect(page).toContain(
    `at most ${NEW_TRACES_PER_SECOND} requests in each second of one process, at most ${READS_PER_SECOND} of them reads`,
  );
  expect(page).toContain(`| spans of one invocation | at most ${MAX_SPANS.toLocaleString('en-US')},`);
  expect(page).toContain(`all invocations that end within ${GROUPING_MS} ms`);
  expect(EXPORT_TIMEOUT_MS).toBe(1_000);
  expect(PAUSE_AFTER_FAILURE_MS).toBe(5_000);
});
