import type { ScheduledHandler } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { log } from '../../lib/observability/logger.ts';
import { publishGauges } from '../../lib/observability/publish-gauges.ts';
import { collectGauges } from '../../lib/runtime/collect-gauges.ts';

/**
 * Publishes the gauges of PostgreSQL and Kafka, which alarms need. Does not throw if one of them is unavailable: its gauges
 * are then missing, and missing gauges raise an alarm.
 */
export const handler: ScheduledHandler = async (_event, context) => {
  const gauges = await collectGauges(config(), (names, error) =>
    log('error', 'gauges could not be read', { request_id: context.awsRequestId, gauges: names, error }),
  );
  publishGauges(gauges);
};
