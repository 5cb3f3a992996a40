import type { Context, MSKEvent } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { reportingOpened } from '../../lib/dead-letters/report-opened.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { orderProcessing } from '../../lib/kafka/topics/topics.ts';
import { observe } from '../../lib/observability/observe.ts';
import { awaitWebhook, decideByRules } from '../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../lib/processing/order-batches.ts';
import { processBatch } from '../../lib/processing/process-batch.ts';
import { retryingWriter } from '../../lib/processing/retrying-writer.ts';
import { database } from '../../lib/runtime/connections.ts';
import { publishCommitted } from '../../lib/runtime/publish-committed.ts';
import { systemClock } from '../../lib/time/clock.ts';

/** Reserved for the steps after the commit: 4 s to publish, 6 s to update the outbox, 2 s to return. */
const PUBLISH_RESERVE_MS = 12_000;

/** The consumer of the topic `orders`. Throws if the batch is not committed: it is then delivered again. */
export const handler = async (event: MSKEvent, context: Context): Promise<void> => {
  const requestId = context.awsRequestId;
  const records = recordsOf(event);
  const deadline = systemClock() + context.getRemainingTimeInMillis() - PUBLISH_RESERVE_MS;
  const { writeBatch } = orderBatches(database(), systemClock);
  const writer = retryingWriter(
    { writeBatch: reportingOpened(requestId, writeBatch) },
    { clock: systemClock, deadline },
  );
  const fulfilment = config().fulfilment ? awaitWebhook : decideByRules;
  await observe(
    'batch.processed',
    { function: 'process-orders', requestId, consumerGroup: orderProcessing.group, records },
    async () => {
      const batch = await processBatch(records, writer, fulfilment);
      await publishCommitted(batch.outbox);
      return batch;
    },
    ({ created, updated, deadLetters }) => ({ created, updated, deadLetters: deadLetters.length }),
  );
};
