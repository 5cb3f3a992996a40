import type { ScheduledHandler } from 'aws-lambda';
import { log } from '../../lib/observability/logger.ts';
import { prune } from '../../lib/retention/prune.ts';
import { database } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';

/** Deletes expired rows. Throws if the database is unavailable: the next run deletes them. */
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
