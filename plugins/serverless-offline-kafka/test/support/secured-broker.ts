import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '../../../../cli/run-tool.ts';
import { log4jProperties, serverProperties } from '../../../../local/kafka/kafka-configuration.ts';
import { answersMetadata, classArchive, KAFKA } from '../../../../local/kafka/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { launchServer } from '../../../../local/process/server-process.ts';
import { createTestState, kafkaDistribution } from '../../../../test/support/test-state.ts';

const CERTIFICATES = join(import.meta.dirname, 'certificates');

/** The text of a file in `certificates/`. */
export const certificate = (name: string): string => readFileSync(join(CERTIFICATES, `${name}.pem`), 'utf8');

export const USER = { username: 'orders', password: 'open-sesame' };

const keyStore = (name: string): string[] => [
  'ssl.keystore.type=PEM',
  `ssl.keystore.location=${join(CERTIFICATES, `${name}.keystore.pem`)}`,
];

const sasl = (...mechanisms: string[]): string[] => [
  `sasl.enabled.mechanisms=${mechanisms}`,
  ...mechanisms.map((mechanism) => `${mechanism.toLowerCase()}.sasl.jaas.config=${LOGINS[mechanism]}`),
];

const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const LOGINS: Readonly<Record<string, string>> = {
  PLAIN: `org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`,
  'SCRAM-SHA-256': SCRAM,
  'SCRAM-SHA-512': SCRAM,
};

/** The doors of the broker: what each speaks, shows and asks for. */
const listeners = [
  { name: 'open', protocol: 'PLAINTEXT', settings: [] },
  { name: 'tls', protocol: 'SSL', settings: keyStore('broker') },
  {
    name: 'mutual_tls',
    protocol: 'SSL',
    settings: [
      ...keyStore('broker'),
      'ssl.client.auth=required',
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${join(CERTIFICATES, 'authority.pem')}`,
    ],
  },
  {
    name: 'sasl',
    protocol: 'SASL_PLAINTEXT',
    settings: sasl('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'),
  },
  {
    name: 'sasl_tls',
    protocol: 'SASL_SSL',
    settings: [...keyStore('broker'), ...sasl('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512')],
  },
  { name: 'scram_512_only', protocol: 'SASL_PLAINTEXT', settings: sasl('SCRAM-SHA-512') },
  { name: 'for_another_host', protocol: 'SSL', settings: keyStore('elsewhere') },
  { name: 'expired', protocol: 'SSL', settings: keyStore('expired') },
] as const;

export type Listener = (typeof listeners)[number]['name'];

export interface SecuredBroker extends AsyncDisposable {
  /** host:port of one of the doors. */
  address(listener: Listener): string;
}

/** A broker with a door of each kind. `USER` may come in by any mechanism. */
export async function startSecuredBroker(): Promise<SecuredBroker> {
  const stateDirectory = createTestState();
  const home = join(stateDirectory, 'kafka');
  mkdirSync(home);
  const log4jFile = join(home, 'log4j2.properties');
  writeFileSync(log4jFile, log4jProperties);
  const doors: Door[] = [];
  for (const { name, protocol, settings } of listeners) {
    doors.push({ name, protocol, settings, address: `${LOCAL_HOST}:${await freePort()}` });
  }
  const port = await freePort(); // of a door that no test uses: whether the broker is up is asked here
  const controllerPort = await freePort();
  const propertiesFile = join(home, 'server.properties');
  const base = serverProperties({ dataDirectory: join(home, 'data'), port, controllerPort });
  writeFileSync(propertiesFile, [base, ...doorProperties(doors, port, controllerPort), ''].join('\n'));

  const distribution = await kafkaDistribution();
  const { command } = distribution.java;
  const java = [
    ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    `-XX:SharedArchiveFile=${classArchive(distribution)}`,
    `-Dlog4j2.configurationFile=${log4jFile}`,
    ...['-cp', join(distribution.directory, 'lib', '*')],
  ];
  const format = [
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${randomBytes(16).toString('base64url')}`,
  ];
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name="${USER.username}",password="${USER.password}"]`,
  ]);
  await runTool(command, [...java, ...format, '-c', propertiesFile, ...users], {});
  const server = await launchServer(KAFKA, {
    stateDirectory,
    command,
    args: [...java, 'kafka.Kafka', propertiesFile],
    logFile: join(home, 'kafka.log'),
    port,
    startedBy: 'start',
    isReady: () => answersMetadata(port),
  });
  return {
    address: (listener) => doors.find(({ name }) => name === listener)?.address ?? '',
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await server.ended;
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

interface Door {
  readonly name: Listener;
  readonly protocol: string;
  readonly settings: readonly string[];
  readonly address: string;
}

/** They follow the properties of the plain broker: of two lines for one property the later counts. */
function doorProperties(doors: readonly Door[], port: number, controllerPort: number): string[] {
  const addresses = [
    `PLAINTEXT://${LOCAL_HOST}:${port}`,
    ...doors.map((door) => `${door.name}://${door.address}`),
  ];
  const protocols = ['PLAINTEXT:PLAINTEXT', ...doors.map(({ name, protocol }) => `${name}:${protocol}`)];
  return [
    `listeners=${addresses},CONTROLLER://${LOCAL_HOST}:${controllerPort}`,
    `advertised.listeners=${addresses}`,
    `listener.security.protocol.map=${protocols},CONTROLLER:PLAINTEXT`,
    ...doors.flatMap(({ name, settings }) => settings.map((line) => `listener.name.${name}.${line}`)),
  ];
}
