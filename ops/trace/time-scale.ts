export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** Maps times to the columns of the bars. */
export interface TimeScale {
  readonly columns: number;
  /** Returns a position from 0 to `columns`. */
  readonly at: (ms: number) => number;
}

/** A wait that is a larger share of the time is folded. Otherwise the bars around it would be too short to compare. */
const FOLDED_SHARE = 0.8;
const MAX_FOLDED = 2;
const FOLDED_COLUMNS = 3;

/** Returns the times without any span that are folded, such as the minute before a retry, by start. */
export function foldedWaits(ranges: readonly TimeRange[]): TimeRange[] {
  const { startMs, endMs } = wholeTime(ranges);
  let leftMs = endMs - startMs;
  const folded: TimeRange[] = [];
  for (const wait of idleTimes(ranges).sort((a, b) => lengthOf(b) - lengthOf(a))) {
    if (folded.length === MAX_FOLDED || lengthOf(wait) <= leftMs * FOLDED_SHARE) {
      break;
    }
    folded.push(wait);
    leftMs -= lengthOf(wait);
  }
  return folded.sort((a, b) => a.startMs - b.startMs);
}

/** Returns a scale that gives each folded wait three columns, and the remaining time the others. */
export function timeScale(
  ranges: readonly TimeRange[],
  waits: readonly TimeRange[],
  columns: number,
): TimeScale {
  const { startMs, endMs } = wholeTime(ranges);
  const leftMs = waits.reduce((left, wait) => left - lengthOf(wait), endMs - startMs);
  const perMs = leftMs > 0 ? (columns - waits.length * FOLDED_COLUMNS) / leftMs : 0;
  return {
    columns,
    at: (ms) => {
      let position = (ms - startMs) * perMs;
      for (const wait of waits) {
        const passedMs = Math.min(Math.max(ms - wait.startMs, 0), lengthOf(wait));
        position += (passedMs / lengthOf(wait)) * FOLDED_COLUMNS - passedMs * perMs;
      }
      return Math.min(columns, Math.max(0, position));
    },
  };
}

const lengthOf = ({ startMs, endMs }: TimeRange): number => endMs - startMs;

/** Returns the time from the first start to the last end. */
export const wholeTime = (ranges: readonly TimeRange[]): TimeRange =>
  // Math.min(...numbers) fails for many thousands of arguments.
  ranges.reduce<TimeRange>(
    (whole, { startMs, endMs }) => ({
      startMs: Math.min(whole.startMs, startMs),
      endMs: Math.max(whole.endMs, endMs),
    }),
    { startMs: Number.POSITIVE_INFINITY, endMs: 0 },
  );

function idleTimes(ranges: readonly TimeRange[]): TimeRange[] {
  const idle: TimeRange[] = [];
  let busyUntil = Number.POSITIVE_INFINITY;
  for (const { startMs, endMs } of ranges.toSorted((a, b) => a.startMs - b.startMs)) {
    if (startMs > busyUntil) {
      idle.push({ startMs: busyUntil, endMs: startMs });
    }
    busyUntil = busyUntil === Number.POSITIVE_INFINITY ? endMs : Math.max(busyUntil, endMs);
  }
  return idle;
}
