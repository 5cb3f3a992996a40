import { topics } from '../../../../lib/kafka/topics/topics.ts';
import type { BrokerCount } from '../cluster/kafka-part.ts';
import type { Random } from '../random.ts';
import type { Fault, FunctionsTarget, PlannedFault, ServerTarget } from './fault.ts';

export interface FaultPlan {
  readonly count: number;
  /** Duration of the whole schedule. */
  readonly durationMs: number;
  /** Default: 1. */
  readonly brokers?: BrokerCount;
}

const SERVERS: readonly ServerTarget[] = ['kafka', 'postgres'];
const PARTITIONS = [...Array(topics.orders.partitions).keys()];
const FUNCTIONS: readonly FunctionsTarget[] = ['functions-1', 'functions-2'];

/**
 * Returns a schedule of faults. Pure: the same `random` gives the same schedule. Every kind occurs before one repeats.
 * Durations and processes are drawn again each time.
 */
export function planFaults(random: Random, { count, durationMs, brokers = 1 }: FaultPlan): PlannedFault[] {
  const spacingMs = durationMs / (count + 1);
  const faults: Fault[] = [];
  while (faults.length < count) {
    faults.push(...random.shuffled([...everyFault(random), ...(brokers === 3 ? brokerFaults(random) : [])]));
  }
  return faults.slice(0, count).map((fault, index) => ({
    atMs: Math.round(spacingMs * (index + 0.5 + random.next() / 2)),
    fault,
  }));
}

/** Returns each kind of fault once for each of its targets. */
function everyFault(random: Random): Fault[] {
  const between = (from: number, to: number): number => Math.round(from + random.next() * (to - from));
  const aProcess = (): FunctionsTarget => random.pick(FUNCTIONS);
  return [
    { kind: 'kill', targets: ['kafka'], awayMs: between(0, 3_000) },
    { kind: 'kill', targets: ['postgres'], awayMs: between(0, 3_000) },
    { kind: 'kill', targets: [aProcess()], awayMs: between(0, 3_000) },
    { kind: 'kill', targets: [...SERVERS, ...FUNCTIONS], awayMs: between(0, 1_000) },
    { kind: 'kill-session' },
    { kind: 'freeze', target: 'kafka', lastsMs: between(1_000, 6_000) },
    { kind: 'freeze', target: 'postgres', lastsMs: between(1_000, 6_000) },
    { kind: 'freeze', target: aProcess(), lastsMs: between(1_000, 5_000) },
    ...SERVERS.flatMap((server): Fault[] => [
      { kind: 'latency', server, ms: between(20, 200), lastsMs: between(2_000, 5_000) },
      { kind: 'half-open', server, lastsMs: between(3_000, 8_000) },
      { kind: 'cut-answers', server, answers: between(3, 20) },
    ]),
    { kind: 'kill-after-commit' },
    { kind: 'kill-relay', target: aProcess() },
    { kind: 'two-owners', target: aProcess() },
  ];
}

/** Returns the faults of one of three brokers. Each lasts longer than an election. */
function brokerFaults(random: Random): Fault[] {
  const lastsMs = (): number => Math.round(4_000 + random.next() * 4_000);
  return [
    { kind: 'lose-broker', how: 'kill', of: 'leader', lastsMs: lastsMs() },
    { kind: 'lose-broker', how: 'freeze', of: 'leader', lastsMs: lastsMs() },
    { kind: 'lose-broker', how: 'kill', of: 'controller', lastsMs: lastsMs() },
    { kind: 'move-leader', partition: random.pick(PARTITIONS) },
  ];
}
