import type { ScheduledHandler } from 'aws-lambda';
import { callForDueOrders } from '../../lib/call-receiver.ts';
import { config } from '../../lib/config.ts';
import { database } from '../../lib/connections.ts';
import { loggedCalls } from '../../lib/observability/logged-calls.ts';
import { log } from '../../lib/observability/logger.ts';
import { selectNextDue } from '../../lib/store/sql/fulfilment/select-next-due.ts';

/** Makes the calls that fell due. Throws when the database is away: the next run makes them. */
export const handler: ScheduledHandler = async (_event, context) => {
  const { fulfilment } = config();
  if (fulfilment) {
    await loggedCalls('retry-orders', context.awsRequestId, () =>
      callForDueOrders(fulfilment, context.getRemainingTimeInMillis()),
    );
    return;
  }
  if ((await selectNextDue(database())) !== undefined) {
    log('error', 'orders wait for their fulfilment, but FULFILMENT_URL is not set', {
      request_id: context.awsRequestId,
    });
  }
};
