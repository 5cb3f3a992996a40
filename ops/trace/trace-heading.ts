import { cutText } from '../../cli/text-width.ts';
import { durationText } from './duration-text.ts';
import { wholeTime } from './time-scale.ts';
import type { TraceSpan } from './trace-spans.ts';
import type { Paint } from './waterfall.ts';

/** Returns the two lines above a waterfall: trace id and start; duration, numbers and orders. */
export function traceHeading(
  spans: readonly TraceSpan[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string[] {
  const { startMs, endMs } = wholeTime(spans);
  const failed = spans.filter((span) => span.failed).length;
  const facts = [
    durationText(endMs - startMs),
    spans.length === 1 ? '1 span' : `${spans.length} spans`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...ordersOf(spans),
  ];
  return [
    `${paint('bold', `Trace ${spans[0]?.traceId}`)}  ${new Date(startMs).toISOString()}`,
    cutText(facts.join(', '), width),
  ];
}

function ordersOf(spans: readonly TraceSpan[]): string[] {
  const ids = new Set(spans.flatMap(({ orderIds }) => orderIds));
  const [first] = ids;
  if (first === undefined) {
    return [];
  }
  return [ids.size === 1 ? `order ${first}` : `order ${first} and ${ids.size - 1} more`];
}
