import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { config } from '../../lib/config/config.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { log } from '../../lib/observability/logs/logger.ts';
import { registryOptions } from '../../lib/runtime/connections.ts';
import { type RegisteredSubjects, registerSchemas } from '../../lib/schema-registry/register-schemas.ts';

/** The package has the same relative path. */
const SCHEMAS = join(import.meta.dirname, '../../contracts/schemas');

/** All requests together take less time than the function has. */
const TIMEOUT_MS = 10_000;

/**
 * Registers the schemas of records with the registry of the stage. `npm run deploy` invokes it, if the stage has one, before
 * it deploys the functions of a release. Returns the subjects. Throws if the registry refuses a schema or is unavailable.
 */
export const handler = async (
  _event: unknown,
  context: Pick<Context, 'awsRequestId'>,
): Promise<RegisteredSubjects> => {
  const settings = config();
  const { schemaRegistry, kafkaPrefix } = settings;
  if (schemaRegistry === undefined) {
    throw new OrderlyError('invalid_configuration', 'SCHEMA_REGISTRY_URL is missing.');
  }
  const registered = await registerSchemas(registryOptions(schemaRegistry, settings, TIMEOUT_MS), {
    directory: SCHEMAS,
    topicPrefix: kafkaPrefix,
  });
  log('info', 'register-schemas registered the schemas', { request_id: context.awsRequestId, ...registered });
  return registered;
};
