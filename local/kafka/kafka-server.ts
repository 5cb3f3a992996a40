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
  /** Default: a cluster of its own. */
  readonly membership?: ClusterMembership | undefined;
  readonly startedBy: StartedBy;
  /** Flags for the Java virtual machine beside our own. */
  readonly javaFlags?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const METADATA_TIMEOUT_MS = 2_000;

/**
 * Starts a Kafka node with its data under `<stateDirectory>/kafka/`, which it formats the first time,
 * and resolves when it answers a metadata request. The caller has made sure that no other node uses that data.
 * @throws OrderlyError with the last word of its log when it does not start, and when that directory is not ours.
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

/** The class archive that makes Kafka start in half the time, see kafka-class-archive.ts. */
export const classArchive = ({ directory, java }: KafkaDistribution): string =>
  join(directory, `classes-java-${java.version}.jsa`);

/** One node for one person: a small heap, the collector and the compiler that are ready first. */
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

/** Whether a broker on this port knows itself: before that, clients would be sent away. */
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
