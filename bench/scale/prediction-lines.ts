import { programs } from './calibrate.ts';
import type { Prediction } from './prediction.ts';

/** Returns a prediction as Markdown. */
export function predictionLines(prediction: Prediction): string[] {
  const { calibration, cores, otherCores, predictedPerSecond, backlog } = prediction;
  const columns = [...programs, 'waiting'] as const;
  const error = predictedPerSecond / backlog.ordersPerSecond - 1;
  return [
    '| phase | Node, main thread | Node, other threads | PostgreSQL | Kafka | waiting |',
    '|---|---|---|---|---|---|',
    ...Object.entries(calibration).map(
      ([phase, costs]) =>
        `| ${[
          phase,
          ...columns.map((column) => {
            const { msPerBatch, msPerOrder } = costs[column];
            return `${msPerBatch.toFixed(2)} / ${(msPerOrder * 1_000).toFixed(1)}`;
          }),
        ].join(' | ')} |`,
    ),
    '',
    '| cores | cores used by other programs | predicted | measured | error |',
    '|---|---|---|---|---|',
    `| ${cores} | ${otherCores.toFixed(2)} | ${Math.round(predictedPerSecond)} | ${backlog.ordersPerSecond} | ${(error * 100).toFixed(0)} % |`,
  ];
}
