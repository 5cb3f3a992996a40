import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Ends the waiting with this signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks again and again until `check` says true; false when the time is over. What `check` throws is thrown. */
export async function pollUntil(
  check: () => boolean | Promise<boolean>,
  { intervalMs, timeoutMs, signal }: PollOptions,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await check()) {
      return true;
    }
    if (performance.now() >= deadline) {
      return false;
    }
    await delay(intervalMs, undefined, signal && { signal });
  }
}
