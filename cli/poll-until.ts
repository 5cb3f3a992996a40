import { setTimeout as delay } from 'node:timers/promises';

export interface PollOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Aborts the wait; the signal's reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** Calls `check` until it returns true. Returns false after the timeout; errors of `check` are thrown. */
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
