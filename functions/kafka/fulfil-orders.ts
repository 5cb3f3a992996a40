import type { Context, MSKEvent } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { noCalls } from '../../lib/fulfilment/attempt.ts';
import { waitingOrders } from '../../lib/fulfilment/waiting-orders.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { orderFulfilment } from '../../lib/kafka/topics/topics.ts';
import { observe, report } from '../../lib/observability/observe.ts';
import { callForOrders } from '../../lib/runtime/call-receiver.ts';

/**
 * The consumer of `orders.status`, for events with the status PROCESSING. Throws if the database is unavailable: the batch
 * is then delivered again, and only the orders that still wait are called for.
 */
export const handler = async (event: MSKEvent, context: Context): Promise<void> => {
  const { fulfilment } = config();
  const requestId = context.awsRequestId;
  const records = recordsOf(event);
  const { waiting, unreadable } = waitingOrders(records);
  const orderIds = waiting.map(({ orderId }) => orderId);
  if (unreadable.length > 0) {
    report('records.skipped', { records: unreadable });
  }
  await observe(
    'calls.made',
    {
      function: 'fulfil-orders',
      requestId,
      delivered: { consumerGroup: orderFulfilment.group, records, waiting },
    },
    async () => (fulfilment ? callForOrders(fulfilment, orderIds, requestId) : noCalls),
    (summary) => summary,
  );
};
