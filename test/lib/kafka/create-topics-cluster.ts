import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { log4jProperties, serverProperties } from '../../../local/kafka-configuration.ts';
import type { KafkaDistribution } from '../../../local/kafka-distribution.ts';
import { answersMetadata, classArchive, KAFKA } from '../../../local/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../../local/ports.ts';
import { runTool } from '../../../local/run-tool.ts';
import { launchServer, type Server } from '../../../local/server-process.ts';
import { createTestState, kafkaDistribution } from '../../support/test-state.ts';

export interface Cluster extends AsyncDisposable {
  readonly brokers: readonly string[];
}

/** Three brokers, which keep a single copy where nobody asks for more; ServerlessTopicPolicy.java says what they refuse. */
export async function startCluster(): Promise<Cluster> {
  const distribution = await kafkaDistribution();
  const directories = [createTestState(), createTestState(), createTestState()];
  const classes = join(directories[0] ?? '', 'classes');
  await compilePolicy(distribution, classes);
  const cluster = {
    id: randomBytes(16).toString('base64url'),
    controllerPort: await freePort(),
    distribution,
    classes,
  };
  const servers = await Promise.all(
    directories.map((stateDirectory, index) => startNode({ ...cluster, stateDirectory, node: index + 1 })),
  );
  return {
    brokers: servers.map(({ port }) => `${LOCAL_HOST}:${port}`),
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.kill();
      }
      await Promise.all(servers.map((server) => server.stop())); // which waits, as `ended` alone does not
      for (const directory of directories) {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  };
}

const jarsOf = ({ directory }: KafkaDistribution): string => join(directory, 'lib', '*');

async function compilePolicy(distribution: KafkaDistribution, classes: string): Promise<void> {
  const { command } = distribution.java;
  const javac = command.includes('/') ? join(dirname(command), 'javac') : 'javac';
  const source = join(import.meta.dirname, 'ServerlessTopicPolicy.java');
  await runTool(javac, ['-cp', jarsOf(distribution), '-d', classes, source], {});
}

interface Node {
  readonly id: string;
  readonly node: number;
  readonly controllerPort: number;
  readonly distribution: KafkaDistribution;
  readonly classes: string;
  readonly stateDirectory: string;
}

/** The first one is the controller too. */
async function startNode({
  id,
  node,
  controllerPort,
  distribution,
  classes,
  stateDirectory,
}: Node): Promise<Server> {
  const home = join(stateDirectory, 'kafka');
  mkdirSync(home);
  const port = await freePort();
  const isController = node === 1;
  const propertiesFile = join(home, 'server.properties');
  writeFileSync(
    propertiesFile,
    [
      serverProperties({ dataDirectory: join(home, 'data'), port, controllerPort }),
      `node.id=${node}`,
      `process.roles=${isController ? 'broker,controller' : 'broker'}`,
      `listeners=PLAINTEXT://${LOCAL_HOST}:${port}${isController ? `,CONTROLLER://${LOCAL_HOST}:${controllerPort}` : ''}`,
      'create.topic.policy.class.name=ServerlessTopicPolicy',
      '',
    ].join('\n'),
  );
  const log4jFile = join(home, 'log4j2.properties');
  writeFileSync(log4jFile, log4jProperties);
  const { command } = distribution.java;
  const java = [
    ...['-Xms64m', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    `-XX:SharedArchiveFile=${classArchive(distribution)}`,
    `-Dlog4j2.configurationFile=${log4jFile}`,
    ...['-cp', `${jarsOf(distribution)}:${classes}`],
  ];
  const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${id}`, '-c', propertiesFile];
  await runTool(command, [...java, ...format], {});
  return launchServer(KAFKA, {
    stateDirectory,
    command,
    args: [...java, 'kafka.Kafka', propertiesFile],
    logFile: join(home, 'kafka.log'),
    port,
    startedBy: 'start',
    isReady: () => answersMetadata(port),
  });
}
