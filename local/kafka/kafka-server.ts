import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../cli/run-tool.ts';
import { createKafkaClient } from '../../lib/kafka/client.ts';
import { freePort, LOCAL_HOST } from '../process/ports.ts';
import { createServerHome } from '../process/server-home.ts';
import { launchServer, type Server, type ServerKind } from '../process/server-process.ts';
import type { StartedBy } from '../process/state-files.ts';
import { createUnfinishedDirectory } from '../process/unfinished-directory.ts';
import {
  type ClusterMembership,
  log4jProperties,
  type ProxiedListener,
  serverProperties,
} from './kafka-configuration.ts';
import type { KafkaDistribution } from './kafka-distribution.ts';

export const KAFKA: ServerKind = { name: 'kafka', label: 'Kafka', stopSignal: 'SIGTERM' };

export interface KafkaOptions {
  readonly stateDirectory: string;
  readonly distribution: KafkaDistribution;
  readonly port: number;
  readonly proxied?: ProxiedListener | undefined;
  /** Default: a cluster of this node only. */
  readonly membership?: ClusterMembership | undefined;
  readonly startedBy: StartedBy;
  /** Additional flags for the Java virtual machine. */
  readonly javaFlags?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const METADATA_TIMEOUT_MS = 2_000;

/**
 * Starts a Kafka node with its data under `<stateDirectory>/kafka/`, which it formats the first time. Resolves when the
 * node answers a metadata request. The caller ensures that no other node uses that data.
 * @throws OrderlyError with the last error of its log if it does not start, and if Orderly did not create that directory.
 */
export async function startKafka(options: KafkaOptions): Promise<Server> {
  const home = createServerHome(options.stateDirectory, KAFKA.name);
  const dataDirectory = join(home, 'data');
  const propertiesFile = join(home, 'server.properties');
  const log4jFile = join(home, 'log4j2.properties');
  const flags = [
    ...javaFlags(options.distribution),
    ...(options.javaFlags ?? []),
    `-Dlog4j2.configurationFile=${log4jFile}`,
  ];
  const { port, proxied, membership } = options;
  const controllerPort = membership?.controllerPorts[membership.nodeId - 1] ?? (await freePort());
  const configuration = { port, controllerPort, proxied, membership };
  writeFileSync(log4jFile, log4jProperties);

  if (!existsSync(dataDirectory)) {
    const unfinished = createUnfinishedDirectory(dataDirectory);
    writeFileSync(propertiesFile, serverProperties({ ...configuration, dataDirectory: unfinished }));
    await format(options, flags, propertiesFile);
    renameSync(unfinished, dataDirectory);
  }
  writeFileSync(propertiesFile, serverProperties({ ...configuration, dataDirectory }));

  return launchServer(KAFKA, {
    ...options,
    command: options.distribution.java.command,
    args: [...flags, 'kafka.Kafka', propertiesFile],
    logFile: join(home, 'kafka.log'),
    isReady: () => answersMetadata(options.port),
  });
}

/** The path of the class archive, see kafka-class-archive.ts. */
export const classArchive = ({ directory, java }: KafkaDistribution): string =>
  join(directory, `classes-java-${java.version}.jsa`);

/** Flags for a small node that starts fast: small heap, serial collector, first compiler level. */
function javaFlags(distribution: KafkaDistribution): string[] {
  const archive = classArchive(distribution);
  return [
    ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...(existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : []),
    ...['-cp', join(distribution.directory, 'lib', '*')],
  ];
}

async function format(
  { membership, distribution, signal }: KafkaOptions,
  flags: readonly string[],
  propertiesFile: string,
): Promise<void> {
  const clusterId = membership?.clusterId ?? randomBytes(16).toString('base64url');
  // '=' because an id may begin with '-'
  const command = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', propertiesFile];
  await runTool(distribution.java.command, [...flags, ...command], { signal });
}

/** Returns whether the broker on this port lists itself in its metadata; before that it rejects clients. */
export async function answersMetadata(port: number): Promise<boolean> {
  const { kafka, destroy } = createKafkaClient({
    brokers: [`${LOCAL_HOST}:${port}`],
    clientId: 'orderly-stack',
    requestTimeoutMs: METADATA_TIMEOUT_MS,
  });
  try {
    const admin = kafka.admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    return brokers.length > 0;
  } catch {
    return false;
  } finally {
    destroy();
  }
}
