import { pollUntil } from '../../cli/poll-until.ts';

/** Waits for a condition. On a timeout, the test fails here with the name of the condition. */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  if (!(await pollUntil(check, { intervalMs: 10, timeoutMs }))) {
    throw new Error(`Not within ${timeoutMs} ms: ${what}`);
  }
}
