import { chownSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { OrderlyError } from '../lib/errors.ts';
import { pollUntil } from './poll-until.ts';
import { LOCAL_HOST } from './ports.ts';
import { type PostgresRunner, postgresRunner } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { findProcess, isRunning, sendSignal } from './process-table.ts';
import { runTool } from './run-tool.ts';
import { createServerHome } from './server-home.ts';
import { launchServer, type Server, type ServerKind } from './server-process.ts';
import type { StartedBy } from './state-files.ts';
import { createUnfinishedDirectory } from './unfinished-directory.ts';

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, the data is flushed. */
export const POSTGRES: ServerKind = { name: 'postgres', label: 'PostgreSQL', stopSignal: 'SIGINT' };

const ROLE = 'postgres';
const CONNECT_TIMEOUT_MS = 2_000;
const LEFTOVER_TIMEOUT_MS = 10_000;

export interface PostgresOptions {
  readonly stateDirectory: string;
  readonly port: number;
  readonly startedBy: StartedBy;
  readonly signal?: AbortSignal | undefined;
}

/** The connection string of a database on a local server: no password, connections from this machine only. */
export const postgresUrl = (port: number, database: string): string =>
  `postgresql://${ROLE}@${LOCAL_HOST}:${port}/${database}`;

/**
 * Starts PostgreSQL with its data under `<stateDirectory>/postgres/`, which it creates the first time, with
 * the durability that production has, and resolves when it accepts a connection.
 * @throws OrderlyError with the last word of its log when it does not start, and when that directory is not ours.
 */
export async function startPostgres(options: PostgresOptions): Promise<Server> {
  const home = createServerHome(options.stateDirectory, POSTGRES.name);
  const dataDirectory = join(home, 'data');
  const binaries = findPostgresBinaries();
  const runner = postgresRunner(binaries, dataDirectory);

  if (existsSync(dataDirectory)) {
    await assertSameMajor(runner, binaries, dataDirectory);
    await endForgottenServer(dataDirectory);
  } else {
    await createCluster(runner, binaries, dataDirectory, options.signal);
  }
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((value) => [
    '-c',
    value,
  ]);
  const launch = {
    ...options,
    ...runner.commandLine(join(binaries, 'postgres'), [
      '-D',
      dataDirectory,
      '-p',
      `${options.port}`,
      ...settings,
    ]),
    logFile: join(home, 'postgres.log'),
    isReady: () => acceptsConnection(options.port),
  };
  return launchOnceReleased(() => launchServer(POSTGRES, launch), options.signal);
}

/** Creates a database unless it is there. */
export async function ensureDatabase(port: number, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl(port, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

/** Whether a PostgreSQL on this port lets us in. */
export async function acceptsConnection(port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: postgresUrl(port, 'postgres'),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined); // a server that goes away right now is one that is not ready
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/** `initdb` into a directory that gets its name when it is complete: half a cluster never counts. */
async function createCluster(
  runner: PostgresRunner,
  binaries: string,
  dataDirectory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const unfinished = createUnfinishedDirectory(dataDirectory);
  if (runner.account) {
    chownSync(unfinished, runner.account.uid, runner.account.gid);
  }
  const options = ['-U', ROLE, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions'];
  await run(runner, join(binaries, 'initdb'), ['-D', unfinished, ...options], signal);
  renameSync(unfinished, dataDirectory);
}

async function assertSameMajor(
  runner: PostgresRunner,
  binaries: string,
  dataDirectory: string,
): Promise<void> {
  const major = readFileSync(join(dataDirectory, 'PG_VERSION'), 'utf8').trim();
  const version = await run(runner, join(binaries, 'postgres'), ['--version']);
  if (!version.includes(` ${major}.`)) {
    throw new OrderlyError(
      'local_stack',
      `The local data is of PostgreSQL ${major}, and this is ${version.trim()}: "npm run reset" starts anew without it.`,
    );
  }
}

async function run(
  runner: PostgresRunner,
  program: string,
  programArgs: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const { command, args, account } = runner.commandLine(program, programArgs);
  return runTool(command, args, { ...account, signal });
}

/**
 * A server that runs on this data though no record names it is ended. Any other pid in `postmaster.pid`, of a
 * zombie or of a program that was given the number since, would make PostgreSQL refuse to start, so it is
 * replaced by ours: a server takes its parent's pid for stale (CreateLockFile in miscinit.c). The rest of the
 * file stays: with it PostgreSQL makes sure that no session of the earlier server is left.
 */
async function endForgottenServer(dataDirectory: string): Promise<void> {
  const pidFile = join(dataDirectory, 'postmaster.pid');
  if (!existsSync(pidFile)) {
    return;
  }
  const [firstLine = '', ...rest] = readFileSync(pidFile, 'utf8').split('\n');
  const found = findProcess(Number.parseInt(firstLine, 10));
  if (found?.command.includes(dataDirectory)) {
    sendSignal(found.pid, POSTGRES.stopSignal);
    await pollUntil(() => !isRunning(found), { intervalMs: 50, timeoutMs: LEFTOVER_TIMEOUT_MS });
  } else {
    writeFileSync(pidFile, [process.pid, ...rest].join('\n'));
  }
}

/** Sessions of a killed server take a moment to notice, and PostgreSQL refuses to start beside them. */
async function launchOnceReleased(
  launch: () => Promise<Server>,
  signal: AbortSignal | undefined,
): Promise<Server> {
  let server: Server | undefined;
  await pollUntil(
    async () => {
      try {
        server = await launch();
        return true;
      } catch (error) {
        if (error instanceof OrderlyError && error.message.includes('shared memory block')) {
          return false;
        }
        throw error;
      }
    },
    { intervalMs: 200, timeoutMs: LEFTOVER_TIMEOUT_MS, signal },
  );
  return server ?? launch();
}
