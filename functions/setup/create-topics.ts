import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { config } from '../../lib/config/config.ts';
import { createTopics, type TopicReport } from '../../lib/kafka/topics/create-topics.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { log } from '../../lib/observability/logs/logger.ts';
import { kafka } from '../../lib/runtime/connections.ts';

const eventSchema = z.strictObject({
  /** True if the topics of the stage may have fewer replicas. */
  test: z.boolean().default(false),
});

/**
 * Creates the missing topics of the stage, and validates all of them. `npm run deploy` invokes it before it deploys the
 * mappings of a release. Throws if records could be lost; the message lists every reason.
 */
export const handler = async (
  event: unknown,
  context: Pick<Context, 'awsRequestId'>,
): Promise<TopicReport> => {
  const { test } = eventSchema.parse(event);
  const { kafkaPrefix } = config();
  const report = await createTopics({
    ...kafka('orderly-create-topics'),
    wanted: Object.fromEntries(
      Object.entries(topics).map(([topic, settings]) => [kafkaPrefix + topic, settings]),
    ),
    isTest: test,
  });
  const { created, warnings } = report;
  log('info', 'create-topics checked the topics', { request_id: context.awsRequestId, created, warnings });
  return report;
};
