import type { Log } from '../../src/serverless.ts';

/** A log that collects its lines with their level. It ignores `info`. */
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
