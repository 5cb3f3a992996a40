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

/** SIGINT is PostgreSQL's fast shutdown: sessions are ended, the data is flushed. */
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

/** Whether PostgreSQL accepts a connection. */
export async function acceptsConnection(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined); // a server that goes away right now is one that is not ready
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

/**
 * Sets a new password for the superuser and requires it for every connection. For new data, and for data of a release that
 * trusted every local account. Writes the file last, so that an interrupted call is repeated.
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
      `The local data is of PostgreSQL ${major}, and this is ${version.trim()}: "npm run reset" starts anew without it.`,
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
