import type { Random } from '../random.ts';
import type { Fault, FunctionsTarget, PlannedFault, ServerTarget } from './fault.ts';

export interface FaultPlan {
  readonly count: number;
  /** Of the whole schedule. */
  readonly durationMs: number;
}

const SERVERS: readonly ServerTarget[] = ['kafka', 'postgres'];
const FUNCTIONS: readonly FunctionsTarget[] = ['functions-1', 'functions-2'];

/**
 * A schedule of faults. Pure: the same chance gives the same schedule. Every kind comes before one comes again, and
 * what is common to a kind (how long, which process) is drawn anew each time.
 */
export function planFaults(random: Random, { count, durationMs }: FaultPlan): PlannedFault[] {
  const spacingMs = durationMs / (count + 1);
  const faults: Fault[] = [];
  while (faults.length < count) {
    faults.push(...random.shuffled(everyFault(random)));
  }
  return faults.slice(0, count).map((fault, index) => ({
    atMs: Math.round(spacingMs * (index + 0.5 + random.next() / 2)),
    fault,
  }));
}

/** Each kind once, and once for each of its targets. */
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
