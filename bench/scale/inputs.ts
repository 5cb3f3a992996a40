import { inputs as costInputs, type Input } from '../../deployment/cost/inputs.ts';

const input = (value: number, is: string, because: string): Input => ({ value, is, because });

const measured =
  'measured in an earlier run of `npm run bench -- scale`; [the last run](../bench/results.md#a-simulation-that-predicts-the-backlog) may differ';

/** The inputs of docs/scale.md. The page shows all of them. */
export const inputs = {
  peakFactor: input(5, 'peak, as a multiple of the daily average', 'assumed'),
  functionMsPerBatch: input(2.2, 'CPU ms of `process-orders` per batch, on a whole core', measured),
  functionMsPerOrder: input(0.032, 'CPU ms of `process-orders` per order, on a whole core', measured),
  databaseMsPerBatch: input(1.7, 'CPU ms of PostgreSQL per batch', measured),
  databaseMsPerOrder: input(0.026, 'CPU ms of PostgreSQL per order', measured),
  parseMsPerOrder: input(
    0.005,
    'CPU ms to parse the event, per order',
    'assumed: Lambda hands it over as JSON',
  ),
  invokeMs: input(10, 'ms from a full batch to the handler', 'assumed: the poller invokes the function'),
  roundTripMs: input(1, 'ms of a round trip to the database or Kafka in another zone', 'assumed'),
  commitMs: input(4, 'ms until Aurora has a commit in four of six copies', 'assumed'),
  acknowledgeMs: input(10, 'ms until two more brokers have the status events', 'assumed'),
  relayRoundMs: input(100, 'ms of a round of the relay, 20 rows', 'assumed'),
  singleBatch: {
    ...costInputs.singleBatch,
    because:
      'assumed, as in [cost](cost.md#inputs): at 116 orders/s, a poller that reads two partitions collects about 20 in its window. The simulation has a poller for each partition, and collects 11',
  },
  coldShare: costInputs.coldShare,
  recordBytes: costInputs.recordBytes,
  payloadBytes: costInputs.payloadBytes,
  rowBytes: costInputs.rowBytes,
} satisfies Record<string, Input>;
