import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { runTool } from '../../../../cli/run-tool.ts';
import { findJava } from '../../../../local/kafka/java.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { until } from './until.ts';

const VERSION = '1.7.1';
const STATE_DIRECTORY = join(import.meta.dirname, '../../../../.local');
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const READY_TIMEOUT_MS = 60_000;

/** ElasticMQ: a server with the protocol of SQS and in-memory queues. */
export interface SqsEmulator {
  readonly endpoint: string;
  /** Resolves with the queue's ARN. */
  createQueue(name: string): Promise<string>;
  /** Receives this number of messages from a queue. */
  receive(name: string, count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts the emulator on a free port. Maven downloads its jars to `.local` once. */
export async function startSqsEmulator(): Promise<SqsEmulator> {
  const jars = await ensureJars();
  const port = await freePort();
  const endpoint = `http://${LOCAL_HOST}:${port}`;
  const server = spawnServer(jars, port);
  const ended = once(server, 'exit');
  await until(
    'ElasticMQ responds',
    async () => {
      if (server.exitCode !== null) {
        throw new Error(`ElasticMQ has ended with exit code ${server.exitCode}`);
      }
      return (await fetch(`${endpoint}/health`).catch(() => undefined))?.ok ?? false;
    },
    READY_TIMEOUT_MS,
  );

  const client = new SQSClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const urls = new Map<string, string>();
  return {
    endpoint,
    createQueue: async (name) => {
      const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }));
      urls.set(name, QueueUrl);
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
      );
      return Attributes?.QueueArn ?? '';
    },
    receive: async (name, count) => {
      const bodies: string[] = [];
      await until(`${count} messages are in ${name}`, async () => {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl: urls.get(name), MaxNumberOfMessages: 10 }),
        );
        bodies.push(...Messages.map(({ Body = '' }) => Body));
        return bodies.length >= count;
      });
      return bodies;
    },
    stop: async () => {
      client.destroy();
      server.kill();
      await ended;
    },
  };
}

/** The host of the queue URLs does not exist, as often with an emulator in a container. */
function spawnServer(jars: string, port: number): ChildProcess {
  const settings = {
    'rest-sqs.bind-hostname': LOCAL_HOST,
    'rest-sqs.bind-port': port,
    'rest-stats.enabled': false,
    'node-address.host': 'queues.invalid',
    'aws.region': 'eu-west-1',
  };
  const flags = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
  const server = spawn(
    findJava().command,
    [
      ...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...flags],
      ...['-cp', join(jars, '*'), 'org.elasticmq.server.Main'],
    ],
    { stdio: 'ignore' },
  );
  process.once('exit', () => server.kill('SIGKILL'));
  return server;
}

/** Concurrent runs are safe: the first to finish creates the directory, and an interrupted run leaves none. */
async function ensureJars(): Promise<string> {
  const directory = join(STATE_DIRECTORY, `elasticmq-${VERSION}`);
  if (existsSync(directory)) {
    return directory;
  }
  mkdirSync(STATE_DIRECTORY, { recursive: true });
  const unfinished = mkdtempSync(`${directory}.unfinished-`);
  const pom = join(unfinished, 'pom.xml');
  writeFileSync(pom, pomText);
  const copy = [`${MAVEN_PLUGIN}:copy-dependencies`, `-DoutputDirectory=${unfinished}`];
  try {
    await runTool('mvn', ['-q', '-B', '-f', pom, ...copy], {});
    renameSync(unfinished, directory);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(directory)) {
      throw error;
    }
  }
  return directory;
}

const pomText = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>elasticmq</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.elasticmq</groupId>
      <artifactId>elasticmq-server_2.13</artifactId>
      <version>${VERSION}</version>
    </dependency>
  </dependencies>
</project>
`;
