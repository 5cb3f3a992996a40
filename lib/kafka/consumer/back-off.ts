import { setTimeout as delay } from 'node:timers/promises';

/** Waits 100 ms, doubling with each failure in a row up to `maxMs`. False when the signal ended it. */
export async function backOff(failures: number, maxMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(Math.min(100 * 2 ** (failures - 1), maxMs), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
