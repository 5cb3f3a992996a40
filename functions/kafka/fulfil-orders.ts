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
 * The consumer of `orders.status`, for events with the status PROCESSING. Throws if the database is unavailable: the batch
 * is then delivered again, and only the orders that still wait are called for.
 */
export const handler = async (event: MSKEvent, context: Context): Promise<void> => {
  const { fulfilment } = config();
  const { orderIds, unreadable } = waitingOrders(recordsOf(event));
  if (unreadable.length > 0) {
    log('warn', 'records that are not status events are skipped', { offsets: offsetRanges(unreadable) });
  }
  await loggedCalls('fulfil-orders', context.awsRequestId, async () =>
    fulfilment ? callForOrders(fulfilment, orderIds) : noCalls,
  );
};
