import type { Cluster } from '../cluster/cluster.ts';
import { holdBatches } from './holds.ts';

export interface Injection {
  readonly cluster: Cluster;
  /** Awaited before the fault, when the work is blocked at the point where the fault must hit. */
  readonly beforeHit: () => Promise<void>;
}

/** The evidence that a fault hit, or missed, the situation of its description. */
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
  void hold.release(); // not awaited: the server may be frozen
  return { met: caught >= atLeast, seen: `batches held in a transaction: ${caught}` };
}
