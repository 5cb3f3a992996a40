import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acceptsConnection } from '../../local/postgres/postgres-server.ts';
import { queryOnce } from './database.ts';
import { until } from './until.ts';

/**
 * Allows every role of a test's PostgreSQL to connect without a password, for tests that do not test authentication.
 */
export async function trustRoles(stateDirectory: string, databaseUrl: string): Promise<void> {
  writeFileSync(join(stateDirectory, 'postgres/data/pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');
  await queryOnce(databaseUrl, 'SELECT pg_reload_conf()');
  const url = new URL(databaseUrl);
  url.password = '';
  await until('PostgreSQL accepts connections without a password', () => acceptsConnection(url.toString()));
}
