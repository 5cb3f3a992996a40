import { chmodSync, chownSync, copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, LOCAL_HOST } from '../../../local/ports.ts';
import { postgresUrl, startPostgres } from '../../../local/postgres-server.ts';
import { createTestState } from '../test-state.ts';
import { CERTIFICATES } from './iam-broker.ts';

export const USER = 'orderly_app';

export interface TlsPostgres extends AsyncDisposable {
  /** For a user whom the server asks for a password, over TLS only. */
  readonly url: string;
  setPassword(password: string): Promise<void>;
  /** Ends every session of that user. */
  endSessions(): Promise<void>;
}

/** A server like RDS that insists on TLS; its certificate is of the authority of the test broker. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const stateDirectory = createTestState();
  const port = await freePort();
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
      `hostssl all ${USER} ${LOCAL_HOST}/32 password`,
      `host all ${USER} all reject`,
      'host all all all trust',
      '',
    ].join('\n'),
  );
  const admin = new pg.Client({ connectionString: postgresUrl(port, 'postgres') });
  await admin.connect();
  for (const statement of [
    `CREATE ROLE ${USER} LOGIN`,
    "ALTER SYSTEM SET ssl_cert_file = 'server.pem'",
    "ALTER SYSTEM SET ssl_key_file = 'server.pem'",
    'ALTER SYSTEM SET ssl = on',
    'SELECT pg_reload_conf()',
  ]) {
    await admin.query(statement);
  }
  return {
    url: `postgresql://${USER}@${LOCAL_HOST}:${port}/postgres`,
    setPassword: async (password) => {
      await admin.query(`ALTER ROLE ${USER} PASSWORD ${pg.escapeLiteral(password)}`);
    },
    endSessions: async () => {
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [USER]);
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      server.kill();
      await server.ended;
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
