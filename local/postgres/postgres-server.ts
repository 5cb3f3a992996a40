import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { pollUntil } from '../../cli/poll-until.ts';
import { runTool, type ToolOptions } from '../../cli/run-tool.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { scramVerifier } from '../../lib/postgres/scram-verifier.ts';
import { findProcess, isRunning, sendSignal } from '../process/process-table.ts';
import { createServerHome } from '../process/server-home.ts';
import { launchServer, type Server, type ServerKind } from '../process/server-process.ts';
import type { StartedBy } from '../process/state-files.ts';
import { createUnfinishedDirectory } from '../process/unfinished-directory.ts';
import { type PostgresRunner, postgresRunner } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { passwordFile, postgresUrl, ROLE, writePassword } from './postgres-password.ts';

/** SIGINT is PostgreSQL's fast shutdown: it ends sessions and flushes the data. */
export const POSTGRES: ServerKind = { name: 'postgres', label: 'PostgreSQL', stopSignal: 'SIGINT' };

const HOST_BASED_AUTHENTICATION = `# Written by Orderly. The password is in ../pgpass.
host all all 127.0.0.1/32 scram-sha-256
`;
const CONNECT_TIMEOUT_MS = 2_000;
const LEFTOVER_TIMEOUT_MS = 10_000;

export interface PostgresOptions {
  readonly stateDirectory: string;
  readonly port: number;
  readonly startedBy: StartedBy;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts PostgreSQL with its data under `<stateDirectory>/postgres/`, which it creates the first time. Durability is
 * the same as in production. Resolves when the server accepts a connection.
 * @throws OrderlyError with the last error of its log if it does not start, and if Orderly did not create that
 * directory.
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
    rmSync(passwordFile(options.stateDirectory), { force: true }); // it belongs to deleted data
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
    isReady: () => acceptsConnection(postgresUrl(options.stateDirectory, options.port, 'postgres')),
  };
  return launchOnceReleased(async () => {
    if (!existsSync(passwordFile(options.stateDirectory))) {
      await setPassword(runner, binaries, dataDirectory, options);
    }
    return launchServer(POSTGRES, launch);
  }, options.signal);
}

/** Returns whether PostgreSQL accepts a connection. */
export async function acceptsConnection(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // a server that ends now is not ready
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/**
 * Sets a new password for the superuser and requires it for every connection. For new data, and for data of a release
 * that trusted every local account. Writes the file last, so that an interrupted call is repeated.
 */
async function setPassword(
  runner: PostgresRunner,
  binaries: string,
  dataDirectory: string,
  { stateDirectory, signal }: PostgresOptions,
): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const statement = `ALTER ROLE ${ROLE} PASSWORD '${scramVerifier(password)}'\n`;
  const singleUser = ['--single', '-D', dataDirectory, 'postgres'];
  await run(runner, join(binaries, 'postgres'), singleUser, { signal, input: statement });
  writeFileSync(join(dataDirectory, 'pg_hba.conf'), HOST_BASED_AUTHENTICATION);
  writePassword(stateDirectory, password);
}

/** Runs `initdb` in a temporary directory and renames it when it is complete. */
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
  const options = ['-U', ROLE, '-A', 'reject', '-E', 'UTF8', '--locale=C', '--no-instructions'];
  await run(runner, join(binaries, 'initdb'), ['-D', unfinished, ...options], { signal });
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
      `The local data was written by PostgreSQL ${major}, but this is ${version.trim()}: "npm run reset" removes the data.`,
    );
  }
}

async function run(
  runner: PostgresRunner,
  program: string,
  programArgs: readonly string[],
  options: Pick<ToolOptions, 'input' | 'signal'> = {},
): Promise<string> {
  const { command, args, account } = runner.commandLine(program, programArgs);
  return runTool(command, args, { ...account, ...options });
}

/**
 * Ends a server that runs on this data without a record. Any other pid in `postmaster.pid`, of a zombie or of another
 * program, would keep PostgreSQL from starting. It is replaced by our pid, because PostgreSQL treats its parent's pid
 * as stale (CreateLockFile in miscinit.c). PostgreSQL uses the rest of the file to check for sessions of the earlier
 * server.
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

/** Retries while sessions of a killed server still end: PostgreSQL does not start while they run. */
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
