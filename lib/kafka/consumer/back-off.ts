import { setTimeout as delay } from 'node:timers/promises';

/** Waits 100 ms after the first failure, doubling up to `maxMs`. Resolves to false if the signal aborts the wait. */
export async function backOff(failures: number, maxMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(Math.min(100 * 2 ** (failures - 1), maxMs), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
