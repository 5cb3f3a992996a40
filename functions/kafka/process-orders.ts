import type { Context, MSKEvent } from 'aws-lambda';
import { announce } from '../../lib/announce.ts';
import { systemClock } from '../../lib/clock.ts';
import { config } from '../../lib/config.ts';
import { database } from '../../lib/connections.ts';
import { awaitWebhook } from '../../lib/fulfilment/await-webhook.ts';
import { decideByRules } from '../../lib/fulfilment/rules.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { loggedBatch } from '../../lib/observability/logged-batch.ts';
import { patientWriter } from '../../lib/orders/patient-writer.ts';
import { processBatch } from '../../lib/orders/process-batch.ts';
import { orderBatches } from '../../lib/store/order-batches.ts';

/** For what comes after the commit: 4 s to publish, 6 s to note that, and some more to return in. */
const TIME_TO_ANNOUNCE_MS = 12_000;

/** The consumer of the topic `orders`. Throws when the batch is not committed: it is then delivered again. */
export const handler = async (event: MSKEvent, context: Context): Promise<void> => {
  const records = recordsOf(event);
  const deadline = systemClock() + context.getRemainingTimeInMillis() - TIME_TO_ANNOUNCE_MS;
  const writer = patientWriter(orderBatches(database(), systemClock), { clock: systemClock, deadline });
  const fulfilment = config().fulfilment ? awaitWebhook : decideByRules;
  await loggedBatch('process-orders', context.awsRequestId, records, async () => {
    const batch = await processBatch(records, writer, fulfilment);
    await announce(batch.outbox);
    return batch;
  });
};
