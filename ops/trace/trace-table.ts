import { printable } from '../../cli/printable.ts';
import type { Table } from '../../cli/table.ts';
import type { TraceSummary } from '../../local/traces/trace-views.ts';
import { durationText } from './duration-text.ts';

const HEADING = ['TIME', 'DURATION', 'SPANS', 'ROOT', 'ORDER', 'TRACE'];

/** Returns a heading and one row per trace. A failed trace has a mark before the name of its root. */
export const traceTable = (traces: readonly TraceSummary[]): Table => [
  HEADING,
  ...traces.map((trace) => [
    trace.started_at,
    durationText(trace.duration_ms),
    `${trace.span_count}`,
    `${trace.failed ? '✗ ' : ''}${printable(trace.root_name)}`,
    ordersText(trace),
    trace.trace_id,
  ]),
];

/** Returns the first order id and the number of the others. */
export function ordersText({
  order_ids: [first],
  order_count: count,
}: Pick<TraceSummary, 'order_ids' | 'order_count'>): string {
  if (first === undefined) {
    return '–';
  }
  return count === 1 ? printable(first) : `${printable(first)} and ${count - 1} more`;
}
