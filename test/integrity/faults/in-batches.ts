import type { Cluster } from '../cluster/cluster.ts';
import { holdBatches } from './holds.ts';

export interface Injection {
  readonly cluster: Cluster;
  /** Called, and waited for, when everything stands where the fault is to find it. */
  readonly beforeHit: () => Promise<void>;
}

/** Whether a fault met what its description says, and by what that was seen. */
export interface Strike {
  readonly met: boolean;
  readonly seen: string;
}

/** Begins a fault while batches stand inside their transactions, which go on then, as far as they still can. */
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
