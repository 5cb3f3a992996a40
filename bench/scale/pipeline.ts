/** A program or thread that works on batches. Its jobs wait in one queue, and each runs on at most one core of its machine. */
export interface Station {
  readonly machine: string;
  /** The number of jobs that run at once: 1 for the main thread of a Node process. */
  readonly servers: number;
}

/** A part of the processing of a batch. */
export interface Step {
  /** Without a station, the batch waits, for example for the network or a disk. */
  readonly station?: string | undefined;
  readonly msPerBatch: number;
  readonly msPerOrder: number;
  /** The orders of the batch are committed after this step. */
  readonly commits?: boolean;
}

/**
 * The processing of orders: each partition has at most one batch in flight, which goes through the steps one after the other.
 * A batch starts when it is full or its window has passed, and an execution is free.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
 */
export interface Pipeline {
  readonly batchSize: number;
  readonly windowMs: number;
  /** The number of batches in flight: reserved concurrency. */
  readonly concurrency: number;
  /** The cores of each machine. All running jobs of a machine share them equally. */
  readonly machines: Readonly<Record<string, number>>;
  readonly stations: Readonly<Record<string, Station>>;
  readonly steps: readonly Step[];
}

export interface Batch {
  readonly orders: number;
  /** The arrivals of its first and its last order. */
  readonly arrivals: readonly number[];
  committedMs: number;
}

export interface Run {
  readonly batches: readonly Batch[];
  /** From the first arrival to the end of the last batch. */
  readonly ms: number;
  /** The sum of the times of all batches. */
  readonly busyMs: number;
  /** The used share of each machine's cores. */
  readonly used: Readonly<Record<string, number>>;
}

interface Job {
  readonly partition: Partition;
  readonly batch: Batch;
  step: number;
  leftMs: number;
}

interface Partition {
  readonly arrivals: readonly number[];
  next: number;
  isBusy: boolean;
  freeSinceMs: number;
}

/** Less remaining work than this is a rounding error and counts as none. */
const EPSILON_MS = 1e-9;

/**
 * Simulates the processing of all arrivals, by event, without randomness.
 * @param arrivals the arrival times of each partition in ms, ascending. A backlog arrives at 0
 */
export function simulate(pipeline: Pipeline, arrivals: readonly (readonly number[])[]): Run {
  const partitions = arrivals.map(
    (times): Partition => ({ arrivals: times, next: 0, isBusy: false, freeSinceMs: 0 }),
  );
  const batches: Batch[] = [];
  let busyMs = 0;
  const coreMs = new Map(Object.keys(pipeline.machines).map((name) => [name, 0]));
  let jobs: Job[] = [];
  let nowMs = 0;
  for (;;) {
    for (const job of startBatches(pipeline, partitions, jobs.length, nowMs)) {
      jobs.push(job);
      batches.push(job.batch);
    }
    const speeds = speedsOf(pipeline, jobs);
    const stepMs = Math.min(
      ...jobs.map((job, index) =>
        speeds[index] === 0 ? Number.POSITIVE_INFINITY : job.leftMs / (speeds[index] ?? 1),
      ),
      nextStartMs(pipeline, partitions, jobs.length, nowMs) - nowMs,
    );
    if (stepMs === Number.POSITIVE_INFINITY) {
      return { batches, ms: nowMs, busyMs, used: usedShares(pipeline, coreMs, nowMs) };
    }
    nowMs += stepMs;
    busyMs += stepMs * jobs.length;
    for (const [index, job] of jobs.entries()) {
      const doneMs = stepMs * (speeds[index] ?? 0);
      job.leftMs -= doneMs;
      const machine = machineOf(pipeline, job);
      if (machine !== undefined) {
        coreMs.set(machine, (coreMs.get(machine) ?? 0) + doneMs);
      }
    }
    const finished = jobs.filter((job) => job.leftMs <= EPSILON_MS);
    // A job that begins its next step goes to the end of the queue of that station.
    jobs = [
      ...jobs.filter((job) => !finished.includes(job)),
      ...finished.filter((job) => advance(pipeline, job, nowMs)),
    ];
  }
}

function startBatches(
  pipeline: Pipeline,
  partitions: readonly Partition[],
  running: number,
  nowMs: number,
): Job[] {
  const due = partitions
    .filter((partition) => dueMs(pipeline, partition) <= nowMs + EPSILON_MS)
    .toSorted((a, b) => dueMs(pipeline, a) - dueMs(pipeline, b))
    .slice(0, pipeline.concurrency - running);
  return due.map((partition) => {
    const { arrivals, next } = partition;
    const limit = Math.min(next + pipeline.batchSize, arrivals.length);
    let end = next;
    while (end < limit && (arrivals[end] ?? 0) <= nowMs + EPSILON_MS) {
      end += 1;
    }
    partition.next = end;
    partition.isBusy = true;
    const batch: Batch = { orders: end - next, arrivals: arrivals.slice(next, end), committedMs: nowMs };
    return { partition, batch, step: 0, leftMs: stepMs(pipeline, 0, batch) };
  });
}

/** Returns when the next batch of a partition is due: when it is full or its window has passed. */
function dueMs(
  { batchSize, windowMs }: Pipeline,
  { arrivals, next, isBusy, freeSinceMs }: Partition,
): number {
  const first = arrivals[next];
  if (isBusy || first === undefined) {
    return Number.POSITIVE_INFINITY;
  }
  const full = arrivals[next + batchSize - 1] ?? Number.POSITIVE_INFINITY;
  return Math.max(Math.min(Math.max(first, freeSinceMs) + windowMs, full), freeSinceMs);
}

const nextStartMs = (
  pipeline: Pipeline,
  partitions: readonly Partition[],
  running: number,
  nowMs: number,
): number =>
  running >= pipeline.concurrency
    ? Number.POSITIVE_INFINITY
    : Math.max(nowMs, Math.min(...partitions.map((partition) => dueMs(pipeline, partition))));

/** Returns how fast each job runs: 0 in a queue, 1 on a core of its own or while it waits. */
function speedsOf(pipeline: Pipeline, jobs: readonly Job[]): number[] {
  const atStation = new Map<string, number>();
  const onMachine = new Map<string, number>();
  const isRunning = jobs.map((job) => {
    const name = pipeline.steps[job.step]?.station;
    const machine = machineOf(pipeline, job);
    if (name === undefined || machine === undefined) {
      return true;
    }
    const place = (atStation.get(name) ?? 0) + 1;
    atStation.set(name, place);
    const runs = place <= (pipeline.stations[name]?.servers ?? 0);
    onMachine.set(machine, (onMachine.get(machine) ?? 0) + (runs ? 1 : 0));
    return runs;
  });
  return jobs.map((job, index) => {
    const machine = machineOf(pipeline, job);
    if (!isRunning[index]) {
      return 0;
    }
    return machine === undefined
      ? 1
      : Math.min(1, (pipeline.machines[machine] ?? 0) / (onMachine.get(machine) ?? 1));
  });
}

const machineOf = ({ steps, stations }: Pipeline, { step }: Job): string | undefined =>
  stations[steps[step]?.station ?? '']?.machine;

function stepMs({ steps }: Pipeline, index: number, { orders }: Batch): number {
  const step = steps[index];
  return step === undefined ? 0 : step.msPerBatch + step.msPerOrder * orders;
}

/** Moves a job to its next step. Returns false at the end of its batch. */
function advance(pipeline: Pipeline, job: Job, nowMs: number): boolean {
  if (pipeline.steps[job.step]?.commits) {
    job.batch.committedMs = nowMs;
  }
  job.step += 1;
  if (job.step < pipeline.steps.length) {
    job.leftMs = stepMs(pipeline, job.step, job.batch);
    return true;
  }
  job.partition.isBusy = false;
  job.partition.freeSinceMs = nowMs;
  return false;
}

const usedShares = (
  { machines }: Pipeline,
  coreMs: ReadonlyMap<string, number>,
  ms: number,
): Record<string, number> =>
  Object.fromEntries(
    Object.entries(machines).map(([name, cores]) => [name, (coreMs.get(name) ?? 0) / (cores * ms)]),
  );

/** Returns the rate from the first commit to the last. The first batch does not count, as in `commitRate`. */
export function committedPerSecond({ batches }: Run): number {
  const sorted = batches.toSorted((a, b) => a.committedMs - b.committedMs);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined || last.committedMs <= first.committedMs) {
    return Number.NaN;
  }
  const orders = sorted.slice(1).reduce((sum, batch) => sum + batch.orders, 0);
  return (orders / (last.committedMs - first.committedMs)) * 1_000;
}

/** Returns the times from arrival to commit of all orders, ascending. */
export const latencies = ({ batches }: Run): number[] =>
  batches
    .flatMap(({ arrivals, committedMs }) => arrivals.map((arrivedMs) => committedMs - arrivedMs))
    .toSorted((a, b) => a - b);

/**
 * Returns the arrival times of orders at random moments, at a constant average rate.
 * @param random returns numbers from 0 to 1, such as `Math.random`
 */
export function randomArrivals(
  partitions: number,
  ordersPerSecond: number,
  seconds: number,
  random: () => number,
): number[][] {
  const times: number[][] = Array.from({ length: partitions }, () => []);
  const meanMs = 1_000 / ordersPerSecond;
  for (let ms = 0; ; ) {
    ms += -Math.log(1 - random()) * meanMs; // exponential gaps: a Poisson process
    if (ms >= seconds * 1_000) {
      return times;
    }
    times[Math.floor(random() * partitions)]?.push(ms);
  }
}
