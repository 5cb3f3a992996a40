import { CORES_PER_ACU, FUNCTION_GB } from '../../deployment/cost/workload.ts';
import { inputs } from './inputs.ts';
import type { Pipeline, Step } from './pipeline.ts';

/** The settings that affect the rate at which a stage stores orders. A test compares the defaults with the service files. */
export interface StageCapacity {
  readonly batchSize: number;
  readonly windowMs: number;
  readonly partitions: number;
  /** Reserved concurrency of `process-orders`. */
  readonly concurrency: number;
  readonly maximumAcu: number;
}

/** Memory with which a function has one core: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_PER_CORE = 1_769;
const FUNCTION_CORES = (FUNCTION_GB * 1_024) / MB_PER_CORE;

/**
 * Returns the pipeline of a stage. Each execution has its own share of a core, so executions do not compete. They share the
 * cores of the database.
 */
export function awsPipeline({ maximumAcu, ...settings }: StageCapacity): Pipeline {
  const onFunction = (msPerBatch: number, msPerOrder: number): Step => ({
    msPerBatch: msPerBatch / FUNCTION_CORES,
    msPerOrder: msPerOrder / FUNCTION_CORES,
  });
  const wait = (msPerBatch: number): Step => ({ msPerBatch, msPerOrder: 0 });
  const roundTrip = inputs.roundTripMs.value;
  return {
    ...settings,
    machines: { database: maximumAcu * CORES_PER_ACU },
    stations: { database: { machine: 'database', servers: Number.POSITIVE_INFINITY } },
    steps: [
      wait(inputs.invokeMs.value),
      onFunction(
        inputs.functionMsPerBatch.value,
        inputs.functionMsPerOrder.value + inputs.parseMsPerOrder.value,
      ),
      wait(3 * roundTrip), // BEGIN, the statement, COMMIT
      {
        station: 'database',
        msPerBatch: inputs.databaseMsPerBatch.value,
        msPerOrder: inputs.databaseMsPerOrder.value,
      },
      { ...wait(inputs.commitMs.value), commits: true },
      wait(roundTrip + inputs.acknowledgeMs.value),
      wait(roundTrip + inputs.commitMs.value), // the row of the outbox
    ],
  };
}
