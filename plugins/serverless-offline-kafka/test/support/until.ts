import { setTimeout } from 'node:timers/promises';

const INTERVAL_MS = 25;

/** Waits for a condition. Throws its description at the time limit. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) {
      throw new Error(`not within ${timeoutMs} ms: ${what}`);
    }
    await setTimeout(INTERVAL_MS);
  }
}
