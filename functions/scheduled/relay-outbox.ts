import type { ScheduledHandler } from 'aws-lambda';
import { systemClock } from '../../lib/clock.ts';
import { database, producer } from '../../lib/connections.ts';
import { publishOutbox } from '../../lib/kafka/publish-outbox.ts';
import { loggedRelay } from '../../lib/observability/logged-relay.ts';
import { relayOutbox } from '../../lib/store/relay-outbox.ts';

/** Publishes what was committed and not published right after. Throws when the database is away: a later run does it. */
export const handler: ScheduledHandler = async (_event, context) => {
  await loggedRelay(context.awsRequestId, () =>
    relayOutbox({
      database: database(),
      publish: (entries) => publishOutbox(producer(), entries),
      clock: systemClock,
      timeLeftMs: () => context.getRemainingTimeInMillis(),
    }),
  );
};
