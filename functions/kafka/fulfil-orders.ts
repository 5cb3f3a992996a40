import type { Context, MSKEvent } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { noCalls } from '../../lib/fulfilment/attempt.ts';
import { loggedCalls } from '../../lib/fulfilment/logged-calls.ts';
import { waitingOrders } from '../../lib/fulfilment/waiting-orders.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { log } from '../../lib/observability/logger.ts';
import { offsetRanges } from '../../lib/observability/offset-ranges.ts';
import { callForOrders } from '../../lib/runtime/call-receiver.ts';

/**
 * The consumer of `orders.status`, for the events that say PROCESSING. Throws when the database is away: the batch is then
 * delivered again, and of its orders those are taken that still wait for a call.
 */
export const handler = async (event: MSKEvent, context: Context): Promise<void> => {
  const { fulfilment } = config();
  const { orderIds, unreadable } = waitingOrders(recordsOf(event));
  if (unreadable.length > 0) {
    log('warn', 'records that are no status events are skipped', { offsets: offsetRanges(unreadable) });
  }
  await loggedCalls('fulfil-orders', context.awsRequestId, async () =>
    fulfilment ? callForOrders(fulfilment, orderIds) : noCalls,
  );
};
