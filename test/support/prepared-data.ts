import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { runTool } from '../../cli/run-tool.ts';
import { log4jProperties, serverProperties } from '../../local/kafka/kafka-configuration.ts';
import type { KafkaDistribution } from '../../local/kafka/kafka-distribution.ts';
import { findPostgresBinaries } from '../../local/postgres/postgres-binaries.ts';
import { startPostgres } from '../../local/postgres/postgres-server.ts';
import { freePort } from '../../local/process/ports.ts';
import { createServerHome } from '../../local/process/server-home.ts';
import { createTestState, kafkaDistribution, PROJECT_STATE } from './test-state.ts';

/** Data directories, created once per version. A copy avoids the formatting, about a second of CPU time per server. */
const CACHE = join(PROJECT_STATE, 'test-data');

export interface FormatOptions {
  readonly clusterId: string;
  readonly nodeId: number;
  /** Further arguments of `kafka-storage format`. */
  readonly formatArguments?: readonly string[];
}

/** Gives a Kafka node that has no data yet a formatted data directory. */
export async function prepareKafkaData(
  stateDirectory: string,
  distribution: KafkaDistribution,
  { clusterId, nodeId, formatArguments = [] }: FormatOptions,
): Promise<void> {
  const data = join(createServerHome(stateDirectory, 'kafka'), 'data');
  if (existsSync(data)) {
    return;
  }
  const key = createHash('sha1').update(JSON.stringify(formatArguments)).digest('hex').slice(0, 8);
  const formatted = await madeOnce(`${basename(distribution.directory)}-${key}`, (directory) =>
    formatKafka(directory, distribution, formatArguments),
  );
  cpSync(formatted, data, { recursive: true });
  const identity = {
    version: 1,
    'cluster.id': clusterId,
    'node.id': nodeId,
    'directory.id': kafkaId(), // must differ between the nodes of a cluster
  };
  const lines = Object.entries(identity).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(data, 'meta.properties'), lines.join(''));
}

/** An id in the form that Kafka uses. One that begins with '-' would look like an option. */
export const kafkaId = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');

/** Gives a PostgreSQL that has no data yet the result of `initdb` and a password. */
export async function preparePostgresData(stateDirectory: string): Promise<void> {
  const home = createServerHome(stateDirectory, 'postgres');
  if (existsSync(join(home, 'data'))) {
    return;
  }
  const version = await runTool(join(findPostgresBinaries(), 'postgres'), ['--version'], {});
  const name = version
    .trim()
    .replace(/[^\w.]+/g, '-')
    .toLowerCase();
  const made = await madeOnce(name, initializePostgres);
  // Unlike cpSync, cp keeps the owner: as root, PostgreSQL runs as another account.
  await promisify(execFile)('cp', ['-a', join(made, 'data'), join(made, 'pgpass'), home]);
}

/** Compiles a Java source file for Kafka's class path, and returns the directory of the classes. */
export async function compileForKafka(source: string): Promise<string> {
  const { java, directory: kafka } = await kafkaDistribution();
  const key = createHash('sha1').update(readFileSync(source)).digest('hex').slice(0, 8);
  const name = `${basename(source, '.java')}-${basename(kafka)}-java-${java.version}-${key}`;
  const { command } = java;
  const javac = command.includes('/') ? join(dirname(command), 'javac') : 'javac';
  return madeOnce(name, async (classes) => {
    await runTool(javac, ['-cp', join(kafka, 'lib', '*'), '-d', classes, source], {});
  });
}

async function formatKafka(
  directory: string,
  { java, directory: kafka }: KafkaDistribution,
  formatArguments: readonly string[],
): Promise<void> {
  const scratch = createTestState();
  const propertiesFile = join(scratch, 'server.properties');
  const log4jFile = join(scratch, 'log4j2.properties');
  writeFileSync(propertiesFile, serverProperties({ dataDirectory: directory, port: 1, controllerPort: 2 }));
  writeFileSync(log4jFile, log4jProperties);
  const flags = [`-Dlog4j2.configurationFile=${log4jFile}`, '-cp', join(kafka, 'lib', '*')];
  const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${kafkaId()}`, '-c', propertiesFile];
  await runTool(java.command, [...flags, ...format, ...formatArguments], {});
  rmSync(scratch, { recursive: true });
}

async function initializePostgres(directory: string): Promise<void> {
  const stateDirectory = createTestState();
  const server = await startPostgres({ stateDirectory, port: await freePort(), startedBy: 'start' });
  await server.stop();
  const home = join(stateDirectory, 'postgres');
  await promisify(execFile)('cp', ['-a', join(home, 'data'), join(home, 'pgpass'), directory]);
  rmSync(stateDirectory, { recursive: true });
}

/** Two workers may create the same directory concurrently. The first result is used, and the other one is removed. */
async function madeOnce(name: string, make: (directory: string) => Promise<void>): Promise<string> {
  const target = join(CACHE, name);
  if (existsSync(target)) {
    return target;
  }
  mkdirSync(CACHE, { recursive: true });
  const unfinished = join(CACHE, `${name}.unfinished-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  try {
    await make(unfinished);
    renameSync(unfinished, target);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(target)) {
      throw error;
    }
  }
  return target;
}
