import { consumerGroups, topics } from '../../lib/kafka/topics.ts';
import { databaseGauges, groupGauges } from '../../lib/observability/gauges.ts';
import { HOURS_PER_MONTH } from './prices.ts';

/** What one order takes, and where the figure is from. docs/cost.md shows all of them: change one, and `npm run cost`. */
export interface Input {
  readonly value: number;
  readonly is: string;
  readonly because: string;
}

/** Functions get 1,024 MB, the framework's default. */
export const FUNCTION_GB = 1;

export const inputs = {
  createMs: {
    value: 25,
    is: 'ms of `create-order`',
    because:
      'assumed: 1.2 ms are measured on one machine; here are half a core and two more zones that acknowledge',
  },
  bulkMs: {
    value: 200,
    is: 'ms of `create-orders-bulk`, 1,000 orders',
    because: 'assumed: 50 ms are measured on one machine',
  },
  readMs: { value: 10, is: 'ms of `get-order`', because: 'assumed: 3 ms are measured for a page of 200' },
  waitMs: {
    value: 600,
    is: 'ms of `get-order` with `?wait=`',
    because: 'the batching window of half a second, and the processing',
  },
  singleBatch: {
    value: 20,
    is: 'orders in a batch that come one by one',
    because: 'assumed: about 100 orders a second, the window, and pollers that share the partitions',
  },
  singleBatchMs: {
    value: 30,
    is: 'ms of `process-orders` for such a batch',
    because: 'assumed: 7 ms are measured for 100 orders, here with the way to another zone and back, thrice',
  },
  bulkBatch: { value: 1000, is: 'orders in a batch that come in bulk', because: '`ordersBatchSize`' },
  bulkBatchMs: {
    value: 150,
    is: 'ms of `process-orders` for such a batch',
    because: 'assumed: 43 ms are measured on one machine',
  },
  logBytes: {
    value: 1000,
    is: 'bytes of logs per request or batch',
    because: "our line, API Gateway's, and the three that Lambda adds",
  },
  recordBytes: {
    value: 650,
    is: 'bytes of an order in Kafka',
    because: 'its record of 300 to 400, and its status event',
  },
  rowBytes: {
    value: 1200,
    is: 'bytes of an order in PostgreSQL',
    because: 'the order, two lines of history, and their indexes',
  },
  databaseCpuMs: {
    value: 0.1,
    is: 'ms of a database core per order',
    because:
      'assumed: 0.033 are measured for both sides together in batches of 1,000, and small batches cost more',
  },
  databaseRequests: {
    value: 0.5,
    is: 'I/O requests of an order',
    because: 'assumed: 1.1 KB of log, written in requests of 4 KB, a commit per batch, and some pages read',
  },
  callBytes: { value: 4000, is: 'bytes to and from a receiver, per order', because: 'assumed' },
} satisfies Record<string, Input>;

/** Cores of one Aurora capacity unit: an r6g.large has 2, and the memory of 8 units. */
export const CORES_PER_ACU = 0.25;

/** How long Kafka keeps an order and its status event. */
export const MONTHS_IN_KAFKA = topics.orders.retentionMs / (HOURS_PER_MONTH * 3_600_000);

/** What `infrastructure/` makes; a test compares both stages with its templates. */
export interface Stage {
  readonly brokers: number;
  readonly brokerGb: number;
  readonly natGateways: number;
  readonly databases: number;
  readonly minimumAcu: number;
}

export const productionStage: Stage = {
  brokers: 3,
  brokerGb: 100,
  natGateways: 3,
  databases: 2,
  minimumAcu: 2,
};
export const testStage: Stage = { brokers: 2, brokerGb: 100, natGateways: 1, databases: 1, minimumAcu: 0.5 };

/** Alarms of one stage, at the most. */
export const ALARMS = 45;

/** Metrics of our own of one stage, at the most. */
export const METRICS =
  Object.keys(databaseGauges).length + consumerGroups.length * Object.keys(groupGauges).length;
