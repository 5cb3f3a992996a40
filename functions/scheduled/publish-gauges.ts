import type { ScheduledHandler } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { report } from '../../lib/observability/observe.ts';
import { collectGauges } from '../../lib/runtime/collect-gauges.ts';

/**
 * Publishes the gauges of PostgreSQL and Kafka, which alarms need. Does not throw if one of them is unavailable: its gauges
 * are then missing, and missing gauges raise an alarm.
 */
export const handler: ScheduledHandler = async (_event, context) => {
  const gauges = await collectGauges(config(), (names, error) =>
    report('gauges.unread', { requestId: context.awsRequestId, names, error }),
  );
  report('gauges.collected', { gauges });
};
