import type { Log } from '../../src/serverless.ts';

/** A log that keeps its lines, each behind its level. `info` is left out. */
export function aLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const keep =
    (level: string) =>
    (message: string): void => {
      lines.push(`${level} ${message}`);
    };
  return {
    lines,
    log: { info: () => undefined, notice: keep('notice'), warning: keep('warning'), error: keep('error') },
  };
}
