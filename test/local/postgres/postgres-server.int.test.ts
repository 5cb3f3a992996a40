import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { ensureDatabase } from '../../../lib/postgres/ensure-database.ts';
import { passwordFile, postgresUrl } from '../../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../../local/postgres/postgres-server.ts';
import { freePort } from '../../../local/process/ports.ts';
import { createServerHome } from '../../../local/process/server-home.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { recordFile, removeRecord } from '../../../local/process/state-files.ts';
import { queryOnce } from '../../support/database.ts';
import { preparePostgresData } from '../../support/prepared-data.ts';
import { createTestState, recorded, untilEnded } from '../../support/test-state.ts';

let stateDirectory: string;
const servers: Server[] = [];

beforeEach(() => {
  stateDirectory = createTestState();
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  rmSync(stateDirectory, { recursive: true, force: true });
});

/** Starts a server on prepared data of `initdb`, unless the test needs new data. */
async function start({ prepared = true } = {}): Promise<Server> {
  if (prepared) {
    await preparePostgresData(stateDirectory);
  }
  const server = await startPostgres({ stateDirectory, port: await freePort(), startedBy: 'start' });
  servers.push(server);
  return server;
}

async function query(server: Server, sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: postgresUrl(stateDirectory, server.port, database) });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

const dataFile = (name: string): string => join(stateDirectory, 'postgres', 'data', name);

test('an interrupted initdb is repeated', async () => {
  const unfinished = join(createServerHome(stateDirectory, 'postgres'), 'data.unfinished-x');
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, 'PG_VERSION'), '17\n');

  const server = await start({ prepared: false });

  expect(existsSync(unfinished)).toBe(false);
  expect(await query(server, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
  expect(await query(server, 'SHOW synchronous_commit')).toEqual([{ synchronous_commit: 'on' }]);
});

test('a database is created once and exists after a clean stop and after a kill -9', async () => {
  const first = await start();
  const connectionString = postgresUrl(stateDirectory, first.port, 'orderly');
  await ensureDatabase({ connectionString });
  await ensureDatabase({ connectionString });
  await query(first, 'CREATE TABLE kept AS SELECT 1 AS one', 'orderly');
  await first.stop();
  const second = await start();
  second.kill();
  await second.ended;

  const third = await start();

  expect(await query(third, 'SELECT one FROM kept', 'orderly')).toEqual([{ one: 1 }]);
});

test('a server whose sessions end later than it is replaced when they have ended', async () => {
  const first = await start();
  const session = new pg.Client({ connectionString: postgresUrl(stateDirectory, first.port, 'postgres') });
  session.on('error', () => undefined);
  await session.connect();
  const busy = session.query('SELECT count(*) FROM generate_series(1, 3000000)').catch(() => undefined);

  first.kill();
  const second = await start();

  expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await busy;
});

test('a postmaster.pid with the pid of another program does not prevent the start', async () => {
  const first = await start();
  const pidFile = readFileSync(dataFile('postmaster.pid'), 'utf8');
  first.kill();
  await first.ended;
  writeFileSync(dataFile('postmaster.pid'), pidFile.replace(/^\d+/, `${process.ppid}`));

  const second = await start();

  expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a server that runs on the data without a record is stopped and replaced', async () => {
  await start();
  const { postgres } = recorded(stateDirectory);
  removeRecord(recordFile(stateDirectory, 'postgres'));

  const second = await start();

  expect(await untilEnded(postgres ? [postgres] : [], 0)).toBe(true);
  expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('data of another major version is rejected with the remedy', async () => {
  const first = await start();
  await first.stop();
  writeFileSync(dataFile('PG_VERSION'), '12\n');

  await expect(start()).rejects.toMatchObject({
    code: 'local_stack',
    message: expect.stringMatching(/written by PostgreSQL 12, but this is postgres .* 17.*"npm run reset"/),
  });
});

const COPY_FROM_PROGRAM = "COPY (SELECT 1) TO PROGRAM 'true'";

/** The error that another account of this machine gets. */
async function rejectionOf(url: string): Promise<unknown> {
  return queryOnce(url, COPY_FROM_PROGRAM).then(
    () => 'nothing: the program ran',
    (error) => error.code ?? error.message,
  );
}

test.each([
  ['no password', ''],
  ['another password', ':guessed'],
])('no other account can run a program as PostgreSQL’s account with %s', async (_case, password) => {
  const { port } = await start();

  for (const user of ['postgres', 'nobody']) {
    expect(await rejectionOf(`postgresql://${user}${password}@127.0.0.1:${port}/postgres`)).toMatch(
      password === '' ? /password must be a string/ : /28P01/,
    );
  }
  expect(statSync(passwordFile(stateDirectory)).mode & 0o777).toBe(0o600);
});

test('psql and pg authenticate with the password file under both names of this machine', async () => {
  const { port } = await start();
  process.env.PGPASSFILE = passwordFile(stateDirectory);

  try {
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await queryOnce(`postgresql://postgres@${host}:${port}/postgres`, 'SELECT 1 AS one')).toEqual([
        { one: 1 },
      ]);
    }
  } finally {
    delete process.env.PGPASSFILE;
  }
});

test('data of a release that trusted every account is kept, and gets a password with the next start', async () => {
  const earlier = await start();
  await query(earlier, 'CREATE TABLE kept AS SELECT 1 AS one');
  await query(earlier, 'ALTER ROLE postgres PASSWORD NULL');
  await earlier.stop();
  writeFileSync(dataFile('pg_hba.conf'), 'host all all 127.0.0.1/32 trust\n');
  rmSync(passwordFile(stateDirectory));

  const server = await start();

  expect(await query(server, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  expect(await rejectionOf(`postgresql://postgres@127.0.0.1:${server.port}/postgres`)).toMatch(/password/);
});

test('the password stays after a restart, also after a kill -9, and changes with new data', async () => {
  const first = await start();
  const kept = readFileSync(passwordFile(stateDirectory), 'utf8');
  first.kill();
  await first.ended;
  const second = await start();
  expect(readFileSync(passwordFile(stateDirectory), 'utf8')).toBe(kept);
  await second.stop();
  rmSync(join(stateDirectory, 'postgres/data'), { recursive: true });

  const third = await start({ prepared: false });

  expect(readFileSync(passwordFile(stateDirectory), 'utf8')).not.toBe(kept);
  expect(await query(third, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot.each([
  ['that every account may enter', 0o755],
  ['that only root may enter', 0o700],
])('root runs it as another account, with the data below a directory %s', async (_case, mode) => {
  chmodSync(stateDirectory, mode);

  const server = await start({ prepared: false });

  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(readFileSync(`/proc/${server.pid}/status`, 'utf8')).toMatch(/^Uid:\s+[1-9]/m);
});
