import pg from 'pg';
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
const alreadyThere: ReadonlySet<string> = new Set(['42710', '23505']);

/** The role that RDS knows those by who log in with an IAM token. */
const RDS_IAM_ROLE = 'rds_iam';

/**
 * Makes the role if it is not there, and gives it exactly the rights of `tablePrivileges` in the connection's database.
 * Right after every migration, so that no release meets a table that it may not use. The password of a role that is
 * there stays as it is, because whoever rotates it sets it; one that logged in by IAM has none, and gets it. Idempotent; nothing when it is the role that migrates.
 */
export async function grantApplication(client: pg.Client, role: ApplicationRole): Promise<void> {
  const { database, user } = await whereAmI(client);
  if (role.name === user) {
    return;
  }
  if (!(await isRole(client, role.name))) {
    await createRole(client, role);
  }
  const name = pg.escapeIdentifier(role.name);
  const wayIn = await statementsForLogIn(client, role);
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
    ...wayIn,
  ]);
}

/** Roles are the server's, so another database's migration may make it at the same moment. */
async function createRole(client: pg.Client, { name, password }: ApplicationRole): Promise<void> {
  const login =
    password === undefined ? 'LOGIN' : `LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`;
  try {
    await client.query(`CREATE ROLE ${pg.escapeIdentifier(name)} ${login}`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && alreadyThere.has(error.code ?? ''))) {
      throw error;
    }
  }
}

/** On RDS: who is a member of its role logs in with a token, and no password of theirs is taken. */
async function statementsForLogIn(
  client: pg.Client,
  { name, password }: ApplicationRole,
): Promise<readonly string[]> {
  if (!(await isRole(client, RDS_IAM_ROLE))) {
    return [];
  }
  const role = pg.escapeIdentifier(name);
  if (password === undefined) {
    return [`GRANT ${RDS_IAM_ROLE} TO ${role}`];
  }
  const { rows } = await client.query<{ member: boolean }>("SELECT pg_has_role($1, $2, 'MEMBER') AS member", [
    name,
    RDS_IAM_ROLE,
  ]);
  return rows[0]?.member
    ? [
        `REVOKE ${RDS_IAM_ROLE} FROM ${role}`,
        `ALTER ROLE ${role} PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`,
      ]
    : [];
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
    await client.query('ROLLBACK');
    throw error;
  }
}

async function whereAmI(client: pg.Client): Promise<{ database: string; user: string }> {
  const { rows } = await client.query<{ database: string; user: string }>(
    'SELECT current_database() AS database, current_user AS user',
  );
  return rows[0] ?? { database: '', user: '' };
}

async function isRole(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  return rowCount === 1;
}
