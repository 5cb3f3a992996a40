import { pollUntil } from '../../../../cli/poll-until.ts';
import { type Drain, isDrained } from '../checker/is-drained.ts';
import type { Cluster } from './cluster.ts';
import { sweep } from './sweep.ts';

export interface DrainPlan {
  readonly timeoutMs: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Waits until no work remains or the time is over. Reports which of the two occurred. The scheduled functions run
 * continuously meanwhile, instead of once a minute.
 */
export async function drain(cluster: Cluster, { timeoutMs, progress, signal }: DrainPlan): Promise<Drain> {
  const beganAt = performance.now();
  const finished = new AbortController();
  const sweeping = sweep(cluster, ['relayOutbox', 'retryOrders'], AbortSignal.any([signal, finished.signal]));
  let waitingFor = '';
  const drained = await pollUntil(
    async () => {
      const found = await isDrained({ databaseUrl: cluster.databaseUrl, brokers: cluster.brokers });
      waitingFor = found.waitingFor;
      return found.drained;
    },
    { intervalMs: 500, timeoutMs, signal },
  );
  finished.abort();
  await sweeping;
  const seconds = ((performance.now() - beganAt) / 1_000).toFixed(1);
  progress(drained ? `drained after ${seconds} s` : `NOT drained after ${seconds} s: ${waitingFor}`);
  return { drained, waitingFor };
}
