import { pollUntil } from '../../cli/poll-until.ts';

/** Waits for a condition; a test whose condition does not come fails here, with its name. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  if (!(await pollUntil(check, { intervalMs: 10, timeoutMs }))) {
    throw new Error(`Not within ${timeoutMs} ms: ${what}`);
  }
}
