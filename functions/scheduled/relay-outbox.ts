import type { ScheduledHandler } from 'aws-lambda';
import { observe } from '../../lib/observability/observe.ts';
import { publishOutbox, reportParked } from '../../lib/outbox/publish-outbox.ts';
import { relayOutbox } from '../../lib/outbox/relay-outbox.ts';
import { database, producer } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';

/** Publishes the outbox rows that were not published after their commit. Throws if the database is unavailable: a later run publishes them. */
export const handler: ScheduledHandler = async (_event, context) => {
  const requestId = context.awsRequestId;
  await observe(
    'outbox.relayed',
    { requestId },
    async () => {
      const run = await relayOutbox({
        database: database(),
        publish: (entries) => publishOutbox(producer(), entries, 'relay'),
        clock: systemClock,
        timeLeftMs: () => context.getRemainingTimeInMillis(),
      });
      reportParked(run?.parked ?? [], requestId);
      return run;
    },
    (run) => run && { ...run, parked: run.parked.length },
  );
};
