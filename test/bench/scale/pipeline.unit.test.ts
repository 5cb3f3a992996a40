import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  committedPerSecond,
  latencies,
  type Pipeline,
  randomArrivals,
  type Step,
  simulate,
} from '../../../bench/scale/pipeline.ts';

const work = (station: string, msPerBatch: number, msPerOrder = 0): Step => ({
  station,
  msPerBatch,
  msPerOrder,
});
const commit: Step = { msPerBatch: 0, msPerOrder: 0, commits: true };

function pipelineOf(steps: readonly Step[], settings: Partial<Pipeline> = {}): Pipeline {
  return {
    batchSize: 10,
    windowMs: 0,
    concurrency: 100,
    machines: { laptop: 2 },
    stations: {
      node: { machine: 'laptop', servers: 1 },
      postgres: { machine: 'laptop', servers: Number.POSITIVE_INFINITY },
    },
    steps,
    ...settings,
  };
}

const backlog = (partitions: number, orders: number): number[][] =>
  Array.from({ length: partitions }, () => Array.from({ length: orders }, () => 0));

describe('a backlog', () => {
  test('of one partition takes the sum of the steps of each batch', () => {
    const pipeline = pipelineOf([work('node', 3, 0.1), { msPerBatch: 5, msPerOrder: 0 }, commit]);

    const run = simulate(pipeline, backlog(1, 25));

    expect(run.batches.map(({ orders }) => orders)).toEqual([10, 10, 5]);
    expect(run.ms).toBeCloseTo(3 * (3 + 5) + 25 * 0.1);
  });

  test('of two partitions takes turns on a station with one server', () => {
    const run = simulate(pipelineOf([work('node', 4), commit]), backlog(2, 20));

    expect(run.ms).toBeCloseTo(4 * 4);
    expect(run.used.laptop).toBeCloseTo(0.5);
  });

  test('of three partitions shares two cores equally on a station with many servers', () => {
    const run = simulate(pipelineOf([work('postgres', 6), commit]), backlog(3, 10));

    expect(run.ms).toBeCloseTo((3 * 6) / 2);
    expect(run.used.laptop).toBeCloseTo(1);
  });

  test('has no more batches in flight than executions', () => {
    const run = simulate(
      pipelineOf([{ msPerBatch: 7, msPerOrder: 0 }, commit], { concurrency: 2 }),
      backlog(6, 10),
    );

    expect(run.ms).toBeCloseTo((6 / 2) * 7);
  });

  test('is committed at the rate of the step that limits it', () => {
    const pipeline = pipelineOf([work('node', 0, 0.05), work('postgres', 0, 0.01), commit], {
      batchSize: 100,
    });

    const run = simulate(pipeline, backlog(6, 2_000));

    expect(committedPerSecond(run)).toBeGreaterThan(0.99 * 20_000);
    expect(committedPerSecond(run)).toBeLessThan(1.01 * 20_000);
  });

  test('never takes less than the work of a machine divided by its cores, and never more than all of it', () => {
    const ms = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 45 }),
        fc.array(fc.tuple(fc.constantFrom('node', 'postgres'), ms, ms), { minLength: 1, maxLength: 4 }),
        (partitions, orders, places) => {
          const steps = places.map(([station, perBatch, perOrder]) => work(station, perBatch, perOrder / 10));
          const run = simulate(pipelineOf([...steps, commit]), backlog(partitions, orders));

          const all = steps
            .map(({ msPerBatch, msPerOrder }) => msPerBatch * Math.ceil(orders / 10) + msPerOrder * orders)
            .reduce((sum, each) => sum + each * partitions, 0);
          expect(run.batches.reduce((sum, batch) => sum + batch.orders, 0)).toBe(partitions * orders);
          expect(run.ms).toBeGreaterThanOrEqual(all / 2 - 1e-6);
          expect(run.ms).toBeLessThanOrEqual(all + 1e-6);
        },
      ),
    );
  });
});

describe('the window', () => {
  const pipeline = pipelineOf([{ msPerBatch: 20, msPerOrder: 0 }, commit], { windowMs: 100, batchSize: 3 });

  test('begins with the first order', () => {
    const run = simulate(pipeline, [[0, 60]]);

    expect(run.batches.map(({ orders, committedMs }) => [orders, committedMs])).toEqual([[2, 120]]);
    expect(latencies(run)).toEqual([60, 120]);
  });

  test('ends early when the batch is full', () => {
    const run = simulate(pipeline, [[0, 10, 30]]);

    expect(run.batches.map(({ committedMs }) => committedMs)).toEqual([50]);
  });

  test('begins anew when the previous batch ends', () => {
    const run = simulate(pipeline, [[0, 105]]);

    expect(run.batches.map(({ committedMs }) => committedMs)).toEqual([120, 240]);
  });
});

test('arrivals are spread over the partitions at their average rate', () => {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647; // the generator of Park and Miller
    return seed / 2_147_483_647;
  };

  const arrivals = randomArrivals(6, 1_000, 20, random);

  const counts = arrivals.map(({ length }) => length);
  expect(counts.reduce((sum, count) => sum + count, 0) / 20_000).toBeCloseTo(1, 1);
  for (const [index, times] of arrivals.entries()) {
    expect(Math.abs((counts[index] ?? 0) - 20_000 / 6)).toBeLessThan(300);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
});
