import { pollUntil } from '../../../local/poll-until.ts';
import { isDrained } from '../checker/is-drained.ts';
import type { Cluster } from './cluster.ts';
import { sweep } from './sweep.ts';

/**
 * Waits until nothing is under way any more, or the time is over; resolves to what to tell people. The scheduled
 * functions run all the while, not once a minute only.
 */
export async function drain(cluster: Cluster, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const beganAt = performance.now();
  const finished = new AbortController();
  const sweeping = sweep(cluster, ['relayOutbox', 'retryOrders'], AbortSignal.any([signal, finished.signal]));
  let waitingFor = '';
  const drained = await pollUntil(
    async () => {
      const found = await isDrained({ databaseUrl: cluster.databaseUrl, brokers: [cluster.brokers] });
      waitingFor = found.waitingFor;
      return found.drained;
    },
    { intervalMs: 500, timeoutMs, signal },
  );
  finished.abort();
  await sweeping;
  const seconds = ((performance.now() - beganAt) / 1_000).toFixed(1);
  return drained ? `drained after ${seconds} s` : `NOT drained after ${seconds} s: ${waitingFor}`;
}
