import type { Context, MSKEvent } from 'aws-lambda';
import { systemClock } from '../../lib/clock.ts';
import { database } from '../../lib/connections.ts';
import { decideByRules } from '../../lib/fulfilment/rules.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { loggedBatch } from '../../lib/observability/logged-batch.ts';
import { processBatch } from '../../lib/orders/process-batch.ts';
import { orderBatches } from '../../lib/store/order-batches.ts';

/** The consumer of the topic `orders`. Throws when the batch is not committed: it is then delivered again. */
export const handler = async (event: MSKEvent, context: Context): Promise<void> => {
  const records = recordsOf(event);
  await loggedBatch('process-orders', context.awsRequestId, records, () =>
    processBatch(records, orderBatches(database(), systemClock), decideByRules),
  );
};
