import type { ScheduledHandler } from 'aws-lambda';
import { systemClock } from '../../lib/clock.ts';
import { database } from '../../lib/connections.ts';
import { log } from '../../lib/observability/logger.ts';
import { prune } from '../../lib/store/prune.ts';

/** Deletes what has expired. Throws when the database is away: the next run does it. */
export const handler: ScheduledHandler = async (_event, context) => {
  const { idempotencyKeys, deadLetters, done } = await prune({
    database: database(),
    clock: systemClock,
    timeLeftMs: () => context.getRemainingTimeInMillis(),
  });
  log('info', 'prune deleted', {
    request_id: context.awsRequestId,
    idempotency_keys: idempotencyKeys,
    dead_letters: deadLetters,
    done,
  });
};
