import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { passwordSecret, readSecret } from '../../lib/aws/read-secret.ts';
import { config, environmentCredentials } from '../../lib/config/config.ts';
import { log } from '../../lib/observability/logs/logger.ts';
import { connectionTo } from '../../lib/postgres/database-url.ts';
import { ensureDatabase } from '../../lib/postgres/ensure-database.ts';
import { type MigrationResult, migrate } from '../../lib/postgres/migrate.ts';
import { databaseLogin } from '../../lib/runtime/connections.ts';

/** The package has the same relative path. */
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

const eventSchema = z.strictObject({
  /** The database role of the functions. */
  role: z.string().min(1),
  /** The secret with the password of that role; without one the role logs in by IAM. */
  secret_arn: z.string().min(1).optional(),
});

/**
 * Creates the database of the stage if it is missing, migrates it, and grants privileges to the role of the functions.
 * `npm run deploy` invokes it before it deploys the functions of a release. Returns the applied migrations. Throws if a
 * migration fails; those before it stay.
 */
export const handler = async (
  event: unknown,
  context: Pick<Context, 'awsRequestId'>,
): Promise<MigrationResult> => {
  const { role, secret_arn } = eventSchema.parse(event);
  const { databaseUrl } = config();
  const connection = connectionTo(databaseUrl, databaseLogin());
  await ensureDatabase(connection);
  const migrated = await migrate(connection, {
    directory: MIGRATIONS,
    role: { name: role, ...(secret_arn !== undefined && { password: await passwordIn(secret_arn) }) },
  });
  log('info', 'migrate updated the database', { request_id: context.awsRequestId, ...migrated });
  return migrated;
};

function passwordIn(secretArn: string): Promise<string> {
  const { region, secretsEndpoint: endpoint } = config();
  return readSecret(secretArn, passwordSecret, { region, credentials: environmentCredentials, endpoint });
}
