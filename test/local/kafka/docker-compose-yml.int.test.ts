import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createKafkaClient } from '../../../lib/kafka/client.ts';
import { kafkajs } from '../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import type { KafkaDistribution } from '../../../local/kafka/kafka-distribution.ts';
import { answersMetadata, KAFKA } from '../../../local/kafka/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { launchServer, type Server } from '../../../local/process/server-process.ts';
import { composeFile, kafkaProperty } from '../../support/compose-file.ts';
import { createTestState, kafkaDistribution } from '../../support/test-state.ts';

const { environment } = composeFile().services.kafka;
/** Kafka's start script reads this variable; the broker does not. */
const { KAFKA_HEAP_OPTS, ...settings } = environment;

let stateDirectory: string;
let distribution: KafkaDistribution;
let server: Server | undefined;

beforeAll(async () => {
  stateDirectory = createTestState();
  distribution = await kafkaDistribution();
});
afterAll(async () => {
  await server?.stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

const classPath = (): string[] => ['-cp', join(distribution.directory, 'lib', '*')];

const runJava = (args: readonly string[], env: NodeJS.ProcessEnv = {}): string =>
  execFileSync(distribution.java.command, [...classPath(), ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 10_000_000,
  });

test('every variable of the broker is a documented setting of this Kafka release', () => {
  const documentation = runJava(['kafka.server.KafkaConfig']);

  const documented = [...documentation.matchAll(/id="brokerconfigs_([^"]+)"/g)].map(([, name]) => name);
  expect(documented).toContain('num.partitions');
  expect(documented).toEqual(expect.arrayContaining(Object.keys(settings).map(kafkaProperty)));
});

test('with the file, the set-up of the image gives a node that starts and creates topics only on request', async () => {
  const port = await freePort();
  const propertiesFile = await setUp(port);
  server = await launchServer(KAFKA, {
    stateDirectory,
    command: distribution.java.command,
    args: [...(KAFKA_HEAP_OPTS ?? '').split(' '), ...classPath(), 'kafka.Kafka', propertiesFile],
    port,
    startedBy: 'start',
    logFile: join(stateDirectory, 'kafka.log'),
    isReady: () => answersMetadata(port),
  });

  const { brokers, config } = await describe(port);

  expect(brokers).toEqual([{ nodeId: 1, host: LOCAL_HOST, port }]);
  expect(config).toEqual({ 'auto.create.topics.enable': 'false', 'log.retention.hours': '168' });
});

/** Runs the set-up of the image, with the same class of Kafka. Only paths and ports are adapted to this machine. */
async function setUp(port: number): Promise<string> {
  const directory = (name: string): string => {
    const path = join(stateDirectory, name);
    mkdirSync(path);
    return path;
  };
  const defaults = directory('defaults');
  const final = directory('final');
  const places: readonly [inContainer: string, here: string][] = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose expands it, not JavaScript
    ['${KAFKA_PORT:-9092}', `${port}`],
    ['0.0.0.0:9092', `${LOCAL_HOST}:${port}`],
    ['0.0.0.0', LOCAL_HOST],
    ['29092', `${await freePort()}`],
    ['29093', `${await freePort()}`],
    ['/var/lib/kafka/data', directory('data')],
  ];
  const here = Object.entries(environment).map(([name, value]) => [
    name,
    places.reduce((text, [inContainer, onThisMachine]) => text.replaceAll(inContainer, onThisMachine), value),
  ]);
  writeFileSync(join(defaults, 'server.properties'), '');
  for (const file of ['log4j2.yaml', 'tools-log4j2.yaml']) {
    writeFileSync(join(defaults, file), LOG4J);
  }
  runJava(
    ['kafka.docker.KafkaDockerWrapper', 'setup', '-D', defaults, '-M', directory('mounted'), '-F', final],
    {
      ...Object.fromEntries(here),
      CLUSTER_ID: '5L6g3nShT-eMCtK--X86sw',
    },
  );
  return join(final, 'server.properties');
}

async function describe(port: number): Promise<{ brokers: unknown; config: Record<string, string> }> {
  const { kafka, destroy } = createKafkaClient({
    brokers: [`${LOCAL_HOST}:${port}`],
    clientId: 'test',
    requestTimeoutMs: 10_000,
  });
  try {
    const admin = kafka.admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.BROKER,
          name: '1',
          configNames: ['auto.create.topics.enable', 'log.retention.hours'],
        },
      ],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return {
      brokers,
      config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    };
  } finally {
    destroy();
  }
}

const LOG4J = `
Configuration:
  Appenders:
    Console: { name: STDOUT, PatternLayout: { pattern: "%m%n" } }
  Loggers:
    Root: { level: INFO, AppenderRef: [{ ref: STDOUT }] }
    Logger: []
`;
