import pg from 'pg';
import { OrderlyError } from '../errors/orderly-error.ts';
import { scramVerifier } from './scram-verifier.ts';

/** The database role of the functions. */
export interface ApplicationRole {
  readonly name: string;
  /** Without a password, the role logs in by IAM. */
  readonly password?: string;
}

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/**
 * The privileges that the functions' statements need. Rows of `orders` are never deleted; the history and the audit
 * log are append-only. A table without a line here is not accessible, for example `migrations`.
 */
export const tablePrivileges: Readonly<Record<string, readonly Privilege[]>> = {
  orders: ['SELECT', 'INSERT', 'UPDATE'],
  order_status_history: ['SELECT', 'INSERT'],
  dead_letters: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  audit_log: ['SELECT', 'INSERT'],
  idempotency_keys: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  outbox: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  fulfilment_attempts: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  rate_limit_leases: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  wait_slots: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
};

/**
 * Settings of the role's sessions. The functions cannot set them: behind RDS Proxy a SET pins the session, and the
 * proxy rejects startup options
 * (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-pinning.html). The migrations set the
 * same values for the role that runs them, which is the functions' role on a laptop.
 */
const settings: Readonly<Record<string, string>> = {
  statement_timeout: '20s',
  client_connection_check_interval: '1s',
  idle_in_transaction_session_timeout: '15s',
};

/** duplicate_object; unique_violation if two sessions check at the same moment. */
const duplicateCodes: ReadonlySet<string> = new Set(['42710', '23505']);

/** On RDS, members of this role log in with an IAM token. */
const RDS_IAM_ROLE = 'rds_iam';

/**
 * Creates the role if it is missing, and grants it exactly `tablePrivileges` in the connection's database. Runs
 * after every migration, so that the next release can access every table. Does not change how an existing role logs
 * in, nor its password, which the rotation sets. Idempotent. Does nothing if the role is the one that migrates.
 * @throws OrderlyError `invalid_configuration` when an existing role logs in by another method.
 */
export async function grantApplication(client: pg.Client, role: ApplicationRole): Promise<void> {
  const { database, user } = await currentSession(client);
  if (role.name === user) {
    return;
  }
  const hasRdsIam = await roleExists(client, RDS_IAM_ROLE);
  if (!(await roleExists(client, role.name))) {
    await createRole(client, role, hasRdsIam);
  }
  if (hasRdsIam) {
    await assertLoginMethod(client, role);
  }
  const name = pg.escapeIdentifier(role.name);
  await inTransaction(client, [
    `GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(database)} TO ${name}`,
    `GRANT USAGE ON SCHEMA public TO ${name}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${name}`,
    ...Object.entries(tablePrivileges).map(
      ([table, privileges]) => `GRANT ${privileges.join(', ')} ON ${table} TO ${name}`,
    ),
    ...Object.entries(settings).map(
      ([setting, value]) =>
        `ALTER ROLE ${name} IN DATABASE ${pg.escapeIdentifier(database)} SET ${setting} = '${value}'`,
    ),
  ]);
}

/**
 * Creates the role with its login method in one transaction. Roles belong to the server, so the migration of
 * another database may create the role at the same moment.
 */
async function createRole(
  client: pg.Client,
  { name, password }: ApplicationRole,
  hasRdsIam: boolean,
): Promise<void> {
  const role = pg.escapeIdentifier(name);
  const statements =
    password === undefined
      ? [`CREATE ROLE ${role} LOGIN`, ...(hasRdsIam ? [`GRANT ${RDS_IAM_ROLE} TO ${role}`] : [])]
      : [`CREATE ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`];
  try {
    await inTransaction(client, statements);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && duplicateCodes.has(error.code ?? ''))) {
      throw error;
    }
  }
}

/**
 * On RDS, a member of `rds_iam` logs in with a token, and its password is rejected. A change would lock out all
 * users of the role at once: other stages, and the running release of this stage until the next deployment.
 */
async function assertLoginMethod(client: pg.Client, { name, password }: ApplicationRole): Promise<void> {
  const { rows } = await client.query<{ member: boolean }>("SELECT pg_has_role($1, $2, 'MEMBER') AS member", [
    name,
    RDS_IAM_ROLE,
  ]);
  const logsInByIam = rows[0]?.member === true;
  if (logsInByIam === (password === undefined)) {
    return;
  }
  const [is, wanted, byHand] = logsInByIam
    ? ['by IAM', 'with a secret', `REVOKE ${RDS_IAM_ROLE} FROM ${name}, and its password`]
    : ['with a password', 'by IAM', `GRANT ${RDS_IAM_ROLE} TO ${name}`];
  throw new OrderlyError(
    'invalid_configuration',
    `The role ${name} of this server logs in ${is}, but this stage logs in ${wanted}. The role is not changed, because that would lock out every stage that uses it and the running release of this stage. Set another user in databaseUrl: it is created. Or, if the role is not in use, change it yourself (${byHand}).`,
  );
}

/** Functions that run meanwhile see the privileges before or after the change. */
async function inTransaction(client: pg.Client, statements: readonly string[]): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const statement of statements) {
      await client.query(statement);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined); // a lost connection rolls back by itself
    throw error;
  }
}

async function currentSession(client: pg.Client): Promise<{ database: string; user: string }> {
  const { rows } = await client.query<{ database: string; user: string }>(
    'SELECT current_database() AS database, current_user AS user',
  );
  return rows[0] ?? { database: '', user: '' };
}

async function roleExists(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  return rowCount === 1;
}
