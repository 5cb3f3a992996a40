import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';

const PAUSE_MS = 1_000;

/**
 * Invokes scheduled functions continuously in one process, so that tests need not wait for the minute. Resolves soon
 * after `signal` aborts. Repeats failed invocations. The work that remains shows permanent failures.
 */
export async function sweep(
  cluster: Cluster,
  functionKeys: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const last = cluster.functions.at(-1);
  while (last && !signal.aborted) {
    await Promise.allSettled(functionKeys.map((key) => cluster.invoke(key, last.name, signal)));
    await delay(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}
