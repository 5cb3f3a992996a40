import os from 'node:os';
import { type BacklogResult, benchBacklog } from '../own-servers/backlog.ts';
import { type Calibration, calibrate } from './calibrate.ts';
import { predictBacklog } from './local-pipeline.ts';
import { OtherLoad } from './other-load.ts';

export interface Prediction {
  readonly calibration: Calibration;
  readonly cores: number;
  /** The cores that programs besides Orderly used during the backlog. */
  readonly otherCores: number;
  readonly predictedPerSecond: number;
  readonly backlog: BacklogResult;
}

/**
 * Predicts the rate of a backlog from a calibration, and then measures it. From the backlog, the prediction
 * takes only the load of other programs in that time.
 */
export async function predictAndMeasure(): Promise<Prediction> {
  const calibration = await calibrate();
  using load = new OtherLoad();
  const backlog = await benchBacklog();
  const from = backlog.firstCommitAt.getTime();
  const otherCores = load.coresBetween(from, from + backlog.seconds * 1_000);
  const cores = os.availableParallelism();
  return {
    calibration,
    cores,
    otherCores,
    predictedPerSecond: predictBacklog(calibration, backlog.orders, cores - otherCores),
    backlog,
  };
}
