import type { ScheduledHandler } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { log } from '../../lib/observability/logger.ts';
import { publishGauges } from '../../lib/observability/publish-gauges.ts';
import { collectGauges } from '../../lib/runtime/collect-gauges.ts';

/** Publishes what alarms need and only PostgreSQL and Kafka know. Does not throw when one of them is away: its gauges are missing then, which is an alarm. */
export const handler: ScheduledHandler = async (_event, context) => {
  const gauges = await collectGauges(config(), (names, error) =>
    log('error', 'gauges could not be read', { request_id: context.awsRequestId, gauges: names, error }),
  );
  publishGauges(gauges);
};
