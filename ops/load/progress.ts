import { progressLine } from './load-report.ts';
import type { Sample } from './load-result.ts';

const SECONDS_BETWEEN_LINES = 10;

export interface Progress {
  /** Prints a line that stays. */
  readonly note: (line: string) => void;
  readonly show: (sample: Sample) => void;
  /** Removes the rewritten line. */
  readonly end: () => void;
}

/** Rewrites one line with every sample on a terminal; elsewhere prints a line every 10 s. */
export function createProgress(stream: NodeJS.WriteStream): Progress {
  if (stream.isTTY) {
    const clearLine = '\r\u001b[K';
    return {
      note: (line) => stream.write(`${clearLine}${line}\n`),
      show: (sample) => stream.write(`${clearLine}${progressLine(sample)}`),
      end: () => stream.write(clearLine),
    };
  }
  let nextLineAt = SECONDS_BETWEEN_LINES;
  return {
    note: (line) => stream.write(`${line}\n`),
    show: (sample) => {
      if (sample.second >= nextLineAt) {
        nextLineAt += SECONDS_BETWEEN_LINES;
        stream.write(`${progressLine(sample)}\n`);
      }
    },
    end: () => undefined,
  };
}
