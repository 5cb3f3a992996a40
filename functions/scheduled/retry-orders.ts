import type { ScheduledHandler } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { selectNextDue } from '../../lib/fulfilment/sql/fulfilment-attempts.ts';
import { log } from '../../lib/observability/logs/logger.ts';
import { observe } from '../../lib/observability/observe.ts';
import { callForDueOrders } from '../../lib/runtime/call-receiver.ts';
import { database } from '../../lib/runtime/connections.ts';

/** Makes the fulfilment calls that are due. Throws if the database is unavailable: the next run makes them. */
export const handler: ScheduledHandler = async (_event, context) => {
  const { fulfilment } = config();
  const requestId = context.awsRequestId;
  if (fulfilment) {
    await observe(
      'calls.made',
      { function: 'retry-orders', requestId },
      () => callForDueOrders(fulfilment, context.getRemainingTimeInMillis(), requestId),
      (summary) => summary,
    );
    return;
  }
  if ((await selectNextDue(database())) !== undefined) {
    log('error', 'orders wait for fulfilment, but FULFILMENT_URL is not set', { request_id: requestId });
  }
};
