import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';

const PAUSE_MS = 1_000;

/**
 * Invokes scheduled functions over and over in one process of the functions, so that nobody waits for the minute.
 * Resolves soon after `signal` aborts. What fails is invoked again; what never works shows in what it leaves.
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
