import { readFileSync } from 'node:fs';
import { median } from '../median.ts';
import { openEnvironment } from './cold-process.ts';
import { type ObservedProcess, startObservedProcess } from './observed-process.ts';
import { startOwnServers } from './own-servers.ts';
import { newOrder, preparedEvents } from './prepared-events.ts';
import { startTraceCollector, tracedEnvironment } from './trace-collector.ts';

/** The cost of one workload in one process: the median time, and the median of the ratios to the first process in each round. */
export interface ObservedCost {
  readonly work: string;
  readonly process: string;
  readonly ms: number;
  readonly ratio: number;
}

const ROUNDS = 9;

/** `share` is the share of traces that are sampled; undefined: tracing is off. Metrics are always on. */
const processes = [
  { name: 'traces off', share: undefined },
  { name: 'traces at 1 %', share: 0.01 },
  { name: 'traces at 100 %', share: 1 },
] as const;

interface Work {
  readonly name: string;
  readonly file: string;
  readonly concurrency: number;
  /** Returns new events. `share` of their records belong to a sampled trace. */
  readonly events: (share: number) => unknown[];
}

const createOrder = JSON.parse(readFileSync('events/create-order.json', 'utf8'));

const works: readonly Work[] = [
  {
    name: '400 × POST /api/orders, 10 at a time',
    file: 'functions/http/create-order.ts',
    concurrency: 10,
    events: () => Array.from({ length: 400 }, () => ({ ...createOrder, body: JSON.stringify(newOrder()) })),
  },
  {
    name: '10 batches of 1,000 orders',
    file: 'functions/kafka/process-orders.ts',
    concurrency: 1,
    events: (share) => preparedEvents(10, 1_000, share),
  },
  {
    name: '50 batches of 100 orders',
    file: 'functions/kafka/process-orders.ts',
    concurrency: 1,
    events: (share) => preparedEvents(50, 100, share),
  },
];

/** Measures the cost of tracing: the same workload in processes with different settings, in alternating rounds. */
export async function benchObservability(): Promise<ObservedCost[]> {
  await using servers = await startOwnServers();
  await using collector = await startTraceCollector();
  using started = new DisposableStack();
  const running = processes.map(({ name, share }) => ({
    name,
    share: share ?? 0,
    process: started.use(
      startObservedProcess({
        ...openEnvironment(servers),
        ...(share !== undefined && tracedEnvironment(collector, share)),
      }),
    ),
  }));

  const costs: ObservedCost[] = [];
  for (const work of works) {
    const rounds = await measure(work, running);
    for (const [index, { name }] of running.entries()) {
      costs.push({
        work: work.name,
        process: name,
        ms: median(rounds.map((round) => round[index] ?? Number.NaN)),
        ratio: median(rounds.map((round) => (round[index] ?? Number.NaN) / (round[0] ?? Number.NaN))),
      });
    }
  }
  if (collector.exports() === 0) {
    throw new Error('No process exported a trace.');
  }
  return costs;
}

interface RunningProcess {
  readonly share: number;
  readonly process: ObservedProcess;
}

/** Returns the times of each round, in the order of the processes. The order of calls rotates; the first round is the warm-up. */
async function measure(
  { file, events, concurrency }: Work,
  running: readonly RunningProcess[],
): Promise<number[][]> {
  const rounds: number[][] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const times: number[] = [];
    for (let turn = 0; turn < running.length; turn += 1) {
      const index = (round + turn) % running.length;
      const { process, share } = running[index] ?? {};
      if (process !== undefined && share !== undefined) {
        times[index] = await process.call(file, events(share), concurrency);
      }
    }
    if (round > 0) {
      rounds.push(times);
    }
  }
  return rounds;
}
