import { chmodSync, chownSync, copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { postgresUrl } from '../../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../../local/postgres/postgres-server.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { preparePostgresData } from '../prepared-data.ts';
import { createTestState } from '../test-state.ts';
import { CERTIFICATES } from './iam-broker.ts';

export const USER = 'orderly_app';
/** A name that must be percent-encoded in a URL. */
const ENCODED_USER = 'orderly@app';
const USERS = [USER, ENCODED_USER];

export interface TlsPostgres extends AsyncDisposable {
  /** URL of a user with a password, over TLS only. */
  readonly url: string;
  /** The same for a user with a percent-encoded name. */
  readonly encodedUrl: string;
  /** Sets the password of both users. */
  setPassword(password: string): Promise<void>;
  /** Ends all sessions of both users. */
  endSessions(): Promise<void>;
}

/** Starts a server like RDS that requires TLS. The authority of the test broker signed its certificate. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const stateDirectory = createTestState();
  const port = await freePort();
  await preparePostgresData(stateDirectory);
  const server = await startPostgres({ stateDirectory, port, startedBy: 'start' });
  const data = join(stateDirectory, 'postgres/data');
  const { uid, gid } = statSync(data);
  const pem = join(data, 'server.pem'); // certificate and key in one file
  copyFileSync(join(CERTIFICATES, 'broker.keystore.pem'), pem);
  chmodSync(pem, 0o600);
  chownSync(pem, uid, gid);
  writeFileSync(
    join(data, 'pg_hba.conf'),
    [
      ...USERS.flatMap((user) => [
        `hostssl all "${user}" ${LOCAL_HOST}/32 password`,
        `host all "${user}" all reject`,
      ]),
      'host all all all trust',
      '',
    ].join('\n'),
  );
  const admin = new pg.Client({ connectionString: postgresUrl(stateDirectory, port, 'postgres') });
  await admin.connect();
  for (const statement of [
    ...USERS.map((user) => `CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN`),
    "ALTER SYSTEM SET ssl_cert_file = 'server.pem'",
    "ALTER SYSTEM SET ssl_key_file = 'server.pem'",
    'ALTER SYSTEM SET ssl = on',
    'SELECT pg_reload_conf()',
  ]) {
    await admin.query(statement);
  }
  const urlOf = (user: string): string =>
    `postgresql://${encodeURIComponent(user)}@${LOCAL_HOST}:${port}/postgres`;
  return {
    url: urlOf(USER),
    encodedUrl: urlOf(ENCODED_USER),
    setPassword: async (password) => {
      for (const user of USERS) {
        await admin.query(`ALTER ROLE ${pg.escapeIdentifier(user)} PASSWORD ${pg.escapeLiteral(password)}`);
      }
    },
    endSessions: async () => {
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1)', [
        USERS,
      ]);
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      server.kill();
      await server.ended;
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
