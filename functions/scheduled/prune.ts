import type { ScheduledHandler } from 'aws-lambda';
import { report } from '../../lib/observability/observe.ts';
import { prune } from '../../lib/retention/prune.ts';
import { database } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';

/** Deletes expired rows. Throws if the database is unavailable: the next run deletes them. */
export const handler: ScheduledHandler = async (_event, context) => {
  const pruned = await prune({
    database: database(),
    clock: systemClock,
    timeLeftMs: () => context.getRemainingTimeInMillis(),
  });
  report('rows.pruned', { requestId: context.awsRequestId, ...pruned });
};
