import type { ScheduledHandler } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { loggedCalls } from '../../lib/fulfilment/logged-calls.ts';
import { selectNextDue } from '../../lib/fulfilment/sql/fulfilment-attempts.ts';
import { log } from '../../lib/observability/logger.ts';
import { callForDueOrders } from '../../lib/runtime/call-receiver.ts';
import { database } from '../../lib/runtime/connections.ts';

/** Makes the fulfilment calls that are due. Throws if the database is unavailable: the next run makes them. */
export const handler: ScheduledHandler = async (_event, context) => {
  const { fulfilment } = config();
  if (fulfilment) {
    await loggedCalls('retry-orders', context.awsRequestId, () =>
      callForDueOrders(fulfilment, context.getRemainingTimeInMillis()),
    );
    return;
  }
  if ((await selectNextDue(database())) !== undefined) {
    log('error', 'orders wait for fulfilment, but FULFILMENT_URL is not set', {
      request_id: context.awsRequestId,
    });
  }
};
