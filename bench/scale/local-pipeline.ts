import { topics } from '../../lib/kafka/topics/topics.ts';
import { type Calibration, type PhaseCosts, type Program, programs } from './calibrate.ts';
import { committedPerSecond, type Pipeline, type Step, simulate } from './pipeline.ts';

/** `ordersBatchSize` and the default window, as `npm start` uses them. */
const BATCH_SIZE = 1_000;
const WINDOW_MS = 500;

/**
 * Returns the pipeline of `npm start`: one Node process with the event source and the functions, PostgreSQL and Kafka share the
 * cores of a machine. JavaScript runs in one thread; the other programs use as many cores as are free.
 */
export function localPipeline({ deliver, store, publish }: Calibration, cores: number): Pipeline {
  const anyNumber = { machine: 'laptop', servers: Number.POSITIVE_INFINITY };
  return {
    batchSize: BATCH_SIZE,
    windowMs: WINDOW_MS,
    concurrency: topics.orders.partitions,
    machines: { laptop: cores },
    stations: {
      node: { machine: 'laptop', servers: 1 },
      helpers: anyNumber,
      postgres: anyNumber,
      kafka: anyNumber,
    } satisfies Record<Program, unknown>,
    steps: [
      ...stepsOf(deliver),
      ...stepsOf(store),
      { msPerBatch: 0, msPerOrder: 0, commits: true },
      ...stepsOf(publish),
    ],
  };
}

const stepsOf = (costs: PhaseCosts): Step[] => [
  ...programs.map((station) => ({ station, ...costs[station] })),
  costs.waiting,
];

/** Returns the predicted rate at which `npm start` stores a backlog on this many cores. */
export function predictBacklog(calibration: Calibration, orders: number, cores: number): number {
  const { partitions } = topics.orders;
  const perPartition = Array.from({ length: Math.ceil(orders / partitions) }, () => 0);
  const arrivals = Array.from({ length: partitions }, () => perPartition);
  return committedPerSecond(simulate(localPipeline(calibration, cores), arrivals));
}
