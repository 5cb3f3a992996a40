import { pollUntil } from '../../cli/poll-until.ts';
import type { Producer } from '../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import { EventSourceMapping } from '../../plugins/serverless-offline-kafka/src/mapping/event-source-mapping.ts';
import type { OwnServers } from '../own-servers/own-servers.ts';
import { produceOrders } from '../own-servers/produce-orders.ts';

const TIMEOUT_MS = 120_000;
const silent = {
  info: () => undefined,
  notice: () => undefined,
  warning: () => undefined,
  error: () => undefined,
};

/**
 * Delivers a backlog with the event source of `npm start` to a function that only counts its records.
 * @param timed measures the delivery, without the production of the backlog
 */
export async function deliverBacklog<Times>(
  { brokers }: OwnServers,
  producer: Producer<TopicValues>,
  orders: number,
  timed: (work: () => Promise<void>) => Promise<Times>,
): Promise<Times> {
  await produceOrders(producer, orders);
  let delivered = 0;
  const mapping = new EventSourceMapping({
    definition: {
      logicalId: 'Calibration',
      functionKey: 'calibration',
      topic: 'orders',
      consumerGroupId: 'calibration',
      batchSize: 1_000,
      batchingWindowMs: 500,
      startingPosition: { type: 'TRIM_HORIZON' },
      filters: [],
      filterMismatch: 'pass',
      failures: {
        maximumRetries: Number.POSITIVE_INFINITY,
        maximumRecordAgeMs: Number.POSITIVE_INFINITY,
        bisects: false,
        reportsItemFailures: false,
        partialResponse: 'reported',
        backoff: { initialMs: 200, maximumMs: 30_000 },
      },
      batches: 'per-partition',
      nullFields: 'omit',
      cluster: { bootstrapServers: brokers.join(','), security: {}, sessionTimeoutMs: 6_000 },
    },
    invoke: async ({ records }) => {
      delivered += Object.values(records).reduce((sum, { length }) => sum + length, 0);
    },
    log: silent,
  });
  try {
    return await timed(async () => {
      mapping.start();
      if (!(await pollUntil(() => delivered >= orders, { intervalMs: 5, timeoutMs: TIMEOUT_MS }))) {
        throw new Error(
          `The event source delivered ${delivered} of ${orders} orders in ${TIMEOUT_MS / 1_000} s.`,
        );
      }
    });
  } finally {
    await mapping.stop();
  }
}
