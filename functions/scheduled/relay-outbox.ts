import type { ScheduledHandler } from 'aws-lambda';
import { loggedRelay } from '../../lib/outbox/logged-relay.ts';
import { publishOutbox } from '../../lib/outbox/publish-outbox.ts';
import { relayOutbox } from '../../lib/outbox/relay-outbox.ts';
import { database, producer } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';

/** Publishes the outbox rows that were not published after their commit. Throws if the database is unavailable: a later run publishes them. */
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
