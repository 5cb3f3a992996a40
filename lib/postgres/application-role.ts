import pg from 'pg';
import { OrderlyError } from '../errors/orderly-error.ts';
import { scramVerifier } from './scram-verifier.ts';

/** Who the functions log in as, and what that one may do. */
export interface ApplicationRole {
  readonly name: string;
  /** Without one it logs in by IAM. */
  readonly password?: string;
}

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';

/**
 * What the functions' statements need of each table, and no more: `orders` is never deleted from, the history and the
 * audit log are only ever added to. A table that has no line here is out of the functions' reach, as `migrations` is.
 */
export const tablePrivileges: Readonly<Record<string, readonly Privilege[]>> = {
  orders: ['SELECT', 'INSERT', 'UPDATE'],
  order_status_history: ['SELECT', 'INSERT'],
  dead_letters: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  audit_log: ['SELECT', 'INSERT'],
  idempotency_keys: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  outbox: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  fulfilment_attempts: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  wait_slots: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
};

/**
 * What the functions cannot say themselves: behind RDS Proxy a SET pins the session, and it refuses startup options
 * (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-pinning.html). The migrations set the same
 * for the role that runs them, which is the functions' role on a laptop.
 */
const settings: Readonly<Record<string, string>> = {
  statement_timeout: '20s',
  client_connection_check_interval: '1s',
  idle_in_transaction_session_timeout: '15s',
};

/** duplicate_object; unique_violation when both look at the same moment. */
const duplicateCodes: ReadonlySet<string> = new Set(['42710', '23505']);

/** The role that RDS knows those by who log in with an IAM token. */
const RDS_IAM_ROLE = 'rds_iam';

/**
 * Makes the role if it is not there, and gives it exactly the rights of `tablePrivileges` in the connection's database.
 * Right after every migration, so that no release meets a table that it may not use. How a role that is there logs in
 * stays as it is, and its password too, because whoever rotates it sets it. Idempotent; nothing when it is the role that
 * migrates.
 * @throws OrderlyError `invalid_configuration` when a role that is there logs in otherwise.
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
 * With its way of logging in, or not at all. Roles are the server's, so another database's migration may make it at the
 * same moment.
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
 * On RDS who is a member of its role logs in with a token, and no password of theirs is taken. Changing that would lock
 * out at once who uses the role: other stages, and the running release of this one until the next is deployed.
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
    `The role ${name} of this server logs in ${is}, and is not changed to log in ${wanted}: that would lock out every stage that uses it now, and the running release of this one. Name another user in databaseUrl; it is made. Or, if nobody uses the role, change it by hand (${byHand}).`,
  );
}

/** The functions go on meanwhile: they see the rights of before or of after. */
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
