import { describe, expect, test } from '@jest/globals';
import type { Calibration, PhaseCosts, Program } from '../../../bench/scale/calibrate.ts';
import { predictBacklog } from '../../../bench/scale/local-pipeline.ts';

/** Costs per order in µs; the other programs cost nothing. */
function costs(perOrder: Partial<Record<Program | 'waiting', number>>): PhaseCosts {
  const of = (us = 0) => ({ msPerBatch: 0, msPerOrder: us / 1_000 });
  const { node, helpers, postgres, kafka, waiting } = perOrder;
  return {
    node: of(node),
    helpers: of(helpers),
    postgres: of(postgres),
    kafka: of(kafka),
    waiting: of(waiting),
  };
}

const calibrationOf = (
  deliver: Parameters<typeof costs>[0],
  store: Parameters<typeof costs>[0],
  publish: Parameters<typeof costs>[0],
): Calibration => ({ deliver: costs(deliver), store: costs(store), publish: costs(publish) });

const ORDERS = 120_000;

describe('the predicted rate of a backlog', () => {
  test('is the cores divided by the CPU time of all programs, if no thread limits it', () => {
    const calibration = calibrationOf(
      { node: 5, kafka: 5 },
      { node: 5, postgres: 20 },
      { node: 2, kafka: 3 },
    );

    expect(predictBacklog(calibration, ORDERS, 2) / (2 / 40e-6)).toBeCloseTo(1, 1);
    expect(predictBacklog(calibration, ORDERS, 1) / (1 / 40e-6)).toBeCloseTo(1, 1);
  });

  test('is one divided by the time of the main thread, if that limits it', () => {
    const calibration = calibrationOf({ node: 15 }, { node: 15, postgres: 5 }, { node: 10 });

    expect(predictBacklog(calibration, ORDERS, 2) / (1 / 40e-6)).toBeCloseTo(1, 1);
  });

  test('depends on waiting only if all partitions wait', () => {
    const calibration = (waiting: number) => calibrationOf({ node: 10 }, { node: 10, waiting }, { node: 20 });

    expect(predictBacklog(calibration(60), ORDERS, 2) / (1 / 40e-6)).toBeCloseTo(1, 1);
    // The first batches of all partitions end almost together, and only one of them does not count.
    expect(predictBacklog(calibration(560), ORDERS, 2) / (6 / 600e-6)).toBeGreaterThan(0.9);
    expect(predictBacklog(calibration(560), ORDERS, 2) / (6 / 600e-6)).toBeLessThan(1.1);
  });
});
