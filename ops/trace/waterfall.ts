import { cutText, textWidth, wrapText } from '../../cli/text-width.ts';
import { bar, patternBar } from './bars.ts';
import { durationText } from './duration-text.ts';
import { buildTrees } from './span-tree.ts';
import { foldedWaits, type TimeRange, type TimeScale, timeScale, wholeTime } from './time-scale.ts';
import type { SpanLink, TraceSpan } from './trace-spans.ts';
import {
  CYCLE,
  MISSING_PARENT,
  type NoteRow,
  type TimedRow,
  type WaterfallRow,
  waitRow,
  waterfallRows,
} from './waterfall-rows.ts';

export type Colour = 'gray' | 'cyan' | 'red' | 'yellow' | 'bold';

/** Colours a part of a line. */
export type Paint = (colour: Colour, text: string) => string;

export interface WaterfallOptions {
  /** Columns of the terminal; fewer than 60 count as 60. */
  readonly width: number;
  readonly all: boolean;
  readonly orderId?: string | undefined;
  readonly attributes: boolean;
  readonly nameOf: (link: SpanLink) => string | undefined;
  readonly paint: Paint;
}

const MIN_WIDTH = 60;
const MIN_BAR_COLUMNS = 12;
const GAP = '  ';

/** Returns the lines of one trace: its tree of spans with start, duration and a bar on a common scale. */
export function waterfallLines(spans: readonly TraceSpan[], options: WaterfallOptions): string[] {
  const width = Math.max(MIN_WIDTH, options.width);
  const roots = buildTrees(spans);
  const rows = waterfallRows(roots, { ...options, maxPrefix: Math.floor(width / 5) });
  const waits = foldedWaits(rows.filter(isTimed));
  const all = [...rows, ...waits.map(waitRow)];
  const columns = layOut(all.filter(isTimed), waits, width);
  const legend = [
    ...(roots.some(({ rootDespite }) => rootDespite === 'missing_parent')
      ? [`${MISSING_PARENT} its parent is not in the trace store: docs/tracing.md`]
      : []),
    ...(roots.some(({ rootDespite }) => rootDespite === 'cycle')
      ? [`${CYCLE} its parent is one of its descendants`]
      : []),
  ];
  return [
    ...all.flatMap((row) =>
      isTimed(row) ? timedLine(row, columns, options.paint) : noteLines(row, width, options.paint),
    ),
    ...legend.map((line) => options.paint('gray', line)),
  ];
}

const isTimed = (row: WaterfallRow): row is TimedRow => 'startMs' in row;

interface Columns {
  readonly startMs: number;
  readonly label: number;
  readonly offset: number;
  readonly duration: number;
  readonly scale: TimeScale;
}

/** Returns the widths of the columns. The label is as wide as its text, but the bar keeps its minimum width. */
function layOut(rows: readonly TimedRow[], waits: readonly TimeRange[], width: number): Columns {
  const { startMs } = wholeTime(rows);
  const offset = widest(rows.map((row) => offsetText(row, startMs)));
  const duration = widest(rows.map(lengthText));
  const room = width - offset - duration - 3 * GAP.length;
  const label = Math.min(widest(rows.map(({ prefix, text }) => prefix + text)), room - MIN_BAR_COLUMNS);
  return { startMs, label, offset, duration, scale: timeScale(rows, waits, room - label) };
}

const widest = (texts: readonly string[]): number =>
  texts.reduce((width, text) => Math.max(width, textWidth(text)), 0);

const offsetText = (row: TimeRange, startMs: number): string => `+${durationText(row.startMs - startMs)}`;
const lengthText = ({ startMs, endMs }: TimeRange): string => durationText(endMs - startMs);

function timedLine(row: TimedRow, columns: Columns, paint: Paint): string {
  const { kind, prefix, failed } = row;
  const text = cutText(row.text, columns.label - prefix.length);
  const padding = ' '.repeat(columns.label - prefix.length - textWidth(text));
  const quiet = kind === 'span' ? text : paint('gray', text);
  return [
    `${paint('gray', prefix)}${failed ? paint('red', text) : quiet}${padding}`,
    paint('gray', offsetText(row, columns.startMs).padStart(columns.offset)),
    lengthText(row).padStart(columns.duration),
    paint(failed ? 'red' : barColours[kind], barOf(row, columns.scale)),
  ].join(GAP);
}

const barColours = { span: 'cyan', fold: 'cyan', wait: 'gray' } as const;

function barOf(row: TimedRow, scale: TimeScale): string {
  if (row.kind === 'span') {
    return bar(row, scale);
  }
  return patternBar(row.kind === 'fold' ? '░' : '┄', row, scale);
}

const noteColours = { error: 'red', link: 'yellow', detail: 'gray' } as const;

/** Details are wrapped, because they are printed on request only; the other notes are one line. */
function noteLines({ kind, prefix, text }: NoteRow, width: number, paint: Paint): string[] {
  const room = width - prefix.length;
  const lines = kind === 'detail' ? wrapText(text, room) : [cutText(text, room)];
  return lines.map((line) => `${paint('gray', prefix)}${paint(noteColours[kind], line)}`);
}
