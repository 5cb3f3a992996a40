import { type BacklogRound, measureBacklog } from './backlog.ts';
import { startBothSides } from './both-sides.ts';
import { type HttpRound, measureHttp } from './http.ts';
import { type LatencyResult, measureLatency } from './latency.ts';
import type { Plan } from './plan.ts';
import { measureSenders, type SendersResult } from './senders.ts';

export interface Comparison {
  readonly http: readonly HttpRound[];
  readonly backlog: readonly BacklogRound[];
  readonly senders: readonly SendersResult[];
  readonly latency: Readonly<Record<'orderly' | 'predecessor', LatencyResult>>;
}

/**
 * Measures Orderly and the predecessor on the same broker and the same database server, one after the other in every round.
 * @throws OrderlyError `local_stack` without a suitable Python
 */
export async function benchBeside(plan: Plan): Promise<Comparison> {
  await using both = await startBothSides();
  const http: HttpRound[] = [];
  const backlog: BacklogRound[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    http.push(await measureHttp(both, plan, round));
    backlog.push(await measureBacklog(both, plan));
  }
  const senders = await measureSenders(both, plan);
  return { http, backlog, senders, latency: await measureLatency(both, plan) };
}
