import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { pollUntil } from '../../cli/poll-until.ts';
import { runTool } from '../../cli/run-tool.ts';
import { parseJavaVersion } from '../../local/kafka/java.ts';
import { MAVEN_PLUGIN } from '../../local/kafka/kafka-distribution.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { identityOf, sendSignal } from '../../local/process/process-table.ts';
import { writeRecord } from '../../local/process/state-files.ts';
import { ensureDirectory } from '../../local/process/unfinished-directory.ts';
import { apicurioRecord, createTestState, PROJECT_STATE } from './test-state.ts';

/** A running Apicurio Registry. Its data is in memory: a restart forgets all schemas. */
export interface Apicurio extends AsyncDisposable {
  /** The base URL of the API that is compatible with Confluent's. */
  readonly url: string;
  readonly pid: number;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const VERSION = '3.3.3';
const OLDEST_JAVA = 21;
const READY_TIMEOUT_MS = 60_000;

/** A small Java process that starts in about three seconds. */
const JAVA_FLAGS = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

interface FoundJava {
  readonly command: string;
  readonly version: string;
}

const installed = findJavas();
const java = installed.find(({ version }) => Number.parseInt(version, 10) >= OLDEST_JAVA);

/** `describe` for tests that need Apicurio. They are skipped without a suitable Java: the project itself needs only 17. */
export const describeWithApicurio: typeof describe | typeof describe.skip = java ? describe : describe.skip;

if (!java) {
  process.stderr.write(`SKIPPED: ${missingJava()}\n`);
}

/**
 * Starts Apicurio Registry on a free port. Maven resolves its published archive into the project's state directory the
 * first time (160 MB).
 *
 * Its compatibility check reads JSON Schemas only if both versions name a draft up to 7 as their `$schema`. Otherwise it
 * answers 500 "could not determine version".
 */
export async function startApicurio(): Promise<Apicurio> {
  if (!java) {
    throw new Error(missingJava());
  }
  const directory = await ensureArchive();
  const stateDirectory = createTestState();
  const port = await freePort();
  const logFile = join(stateDirectory, 'apicurio.log');
  const log = openSync(logFile, 'a');
  const settings = {
    'quarkus.http.host': LOCAL_HOST,
    'quarkus.http.port': port,
    'quarkus.management.host': LOCAL_HOST,
    'quarkus.management.port': 0,
  };
  const properties = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const child = spawn(
    java.command,
    [...JAVA_FLAGS, ...properties, '-jar', join(directory, 'quarkus-run.jar')],
    {
      stdio: ['ignore', log, log],
    },
  );
  const ended = once(child, 'exit');
  const pid = child.pid ?? Number.NaN;
  writeRecord(apicurioRecord(stateDirectory), identityOf(pid));

  const url = `http://${LOCAL_HOST}:${port}/apis/ccompat/v7`;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    sendSignal(pid, 'SIGCONT'); // a frozen process does not end
    sendSignal(pid, signal);
    await ended;
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  const isReady = await pollUntil(async () => child.exitCode !== null || (await answers(url)), {
    intervalMs: 50,
    timeoutMs: READY_TIMEOUT_MS,
  });
  if (!isReady || child.exitCode !== null) {
    const printed = readFileSync(logFile, 'utf8');
    await end('SIGKILL');
    throw new Error(`Apicurio ${VERSION} did not start: ${printed}`);
  }
  return { url, pid, kill: () => end('SIGKILL'), [Symbol.asyncDispose]: () => end('SIGTERM') };
}

async function ensureArchive(): Promise<string> {
  const directory = join(PROJECT_STATE, `apicurio-${VERSION}`);
  await ensureDirectory(directory, {
    purpose: 'resolving Apicurio',
    build: async (unfinished) => {
      process.stderr.write(`Resolving Apicurio Registry ${VERSION} with Maven (once) …\n`);
      // Not `unpack`: without a POM it notes in the root directory that the archive is unpacked, and skips the next time.
      const artifact = `io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
      const copy = [`${MAVEN_PLUGIN}:copy`, `-Dartifact=${artifact}`, `-DoutputDirectory=${unfinished}`];
      await runTool('mvn', ['-q', '-B', ...copy], {});
      const archive = join(unfinished, `apicurio-registry-app-${VERSION}-all.tar.gz`);
      await runTool('tar', ['-xzf', archive, '-C', unfinished], {});
      rmSync(archive);
    },
  });
  return directory;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/subjects`)).ok;
  } catch {
    return false;
  }
}

/** Finds the Java of JAVA_HOME, of the PATH, and those of Linux' usual directory. */
function findJavas(): FoundJava[] {
  const directory = '/usr/lib/jvm';
  const homes = existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
  const commands = [process.env.JAVA_HOME ?? '', ...homes]
    .filter(Boolean)
    .map((home) => join(home, 'bin/java'));
  return ['java', ...commands].flatMap((command) => {
    const { stderr, status } = spawnSync(command, ['-version'], { encoding: 'utf8' });
    const version = status === 0 ? parseJavaVersion(stderr) : undefined;
    return version === undefined ? [] : [{ command, version }];
  });
}

function missingJava(): string {
  const found = [...new Set(installed.map(({ version }) => version))].join(', ') || 'none';
  return `Apicurio ${VERSION} needs Java ${OLDEST_JAVA} or newer, found ${found}: install it, or set JAVA_HOME.`;
}
