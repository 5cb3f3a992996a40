import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { passwordSecret, readSecret } from '../../lib/aws/read-secret.ts';
import { config, environmentCredentials } from '../../lib/config/config.ts';
import { log } from '../../lib/observability/logger.ts';
import { connectionTo } from '../../lib/postgres/database-url.ts';
import { ensureDatabase } from '../../lib/postgres/ensure-database.ts';
import { type Migrated, migrate } from '../../lib/postgres/migrate.ts';
import { databaseLogin } from '../../lib/runtime/connections.ts';

/** Beside this file in the package too, where a handler keeps its path. */
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

const eventSchema = z.strictObject({
  /** Who the functions log in as. */
  role: z.string().min(1),
  /** The secret with that role's password; without one it logs in by IAM. */
  secret_arn: z.string().min(1).optional(),
});

/**
 * Brings the stage's database up to date, makes it if it is not there, and gives the functions' role its rights. Invoked
 * by `npm run deploy` before the functions of a release are there; answers what it applied. Throws when a migration
 * fails: those before it stay.
 */
export const handler = async (event: unknown, context: Pick<Context, 'awsRequestId'>): Promise<Migrated> => {
  const { role, secret_arn } = eventSchema.parse(event);
  const { databaseUrl } = config();
  const connection = connectionTo(databaseUrl, databaseLogin());
  await ensureDatabase(connection);
  const migrated = await migrate(connection, {
    directory: MIGRATIONS,
    role: { name: role, ...(secret_arn !== undefined && { password: await passwordIn(secret_arn) }) },
  });
  log('info', 'migrate brought the database up to date', { request_id: context.awsRequestId, ...migrated });
  return migrated;
};

function passwordIn(secretArn: string): Promise<string> {
  const { region, secretsEndpoint: endpoint } = config();
  return readSecret(secretArn, passwordSecret, { region, credentials: environmentCredentials, endpoint });
}
