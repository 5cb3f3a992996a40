import type { Cluster } from '../cluster/cluster.ts';
import { holdBatches } from './holds.ts';

export interface Injection {
  readonly cluster: Cluster;
  /** Called, and waited for, when everything stands where the fault is to find it. */
  readonly beforeHit: () => Promise<void>;
}

/** Whether the fault met the situation that its description names, and the evidence. */
export interface Strike {
  readonly met: boolean;
  readonly seen: string;
}

/** Starts a fault while batches are held inside their transactions. Then the transactions continue, if they can. */
export async function inBatches(
  { cluster, beforeHit }: Injection,
  begin: () => void | Promise<void>,
  atLeast = 1,
): Promise<Strike> {
  const hold = await holdBatches(cluster.databaseUrl);
  const caught = await hold.untilCaught(atLeast);
  await beforeHit();
  await begin();
  void hold.release(); // not waited for: the server may be standing still
  return { met: caught >= atLeast, seen: `${caught} batches held inside their transaction` };
}
