import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from '../../../cli/run-tool.ts';
import { log4jProperties, serverProperties } from '../../../local/kafka/kafka-configuration.ts';
import { answersMetadata, classArchive, KAFKA } from '../../../local/kafka/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { launchServer } from '../../../local/process/server-process.ts';
import { createTestState, kafkaDistribution } from '../test-state.ts';

export const CERTIFICATES = join(
  import.meta.dirname,
  '../../../plugins/serverless-offline-kafka/test/support/certificates',
);

/** The authority that signed the broker's certificate. */
export const authority = (): string => readFileSync(join(CERTIFICATES, 'authority.pem'), 'utf8');

export interface IamBroker extends AsyncDisposable {
  /** Where everybody is let in. */
  readonly open: string;
  /** TLS, and everybody is let in. */
  readonly tls: string;
  /** TLS, and tokens of IAM. */
  readonly iam: string;
}

/** Who logs in by IAM with this access key id may do everything; others may do what ACLs say for theirs. */
export const ADMINISTRATOR = 'AKIDEXAMPLE';
/** The same, but only with this session token. */
export const TEMPORARY = { accessKeyId: 'ASIAEXAMPLE', sessionToken: 'session' };
/** The same, but the broker is too busy for the first three log-ins. */
export const BUSY = 'BUSYEXAMPLE';
/** The secret of every access key id. */
export const SECRET_ACCESS_KEY = 'secret';

const superUsers = ['ANONYMOUS', ADMINISTRATOR, TEMPORARY.accessKeyId, BUSY];

/** A broker with a door like that of Amazon MSK for IAM; a session ends after `sessionMs` at the latest. */
export async function startIamBroker(sessionMs: number): Promise<IamBroker> {
  const stateDirectory = createTestState();
  const home = join(stateDirectory, 'kafka');
  const classes = join(stateDirectory, 'classes');
  mkdirSync(home);
  const distribution = await kafkaDistribution();
  const { command } = distribution.java;
  const jars = join(distribution.directory, 'lib', '*');
  const javac = command.includes('/') ? join(dirname(command), 'javac') : 'javac';
  await runTool(javac, ['-cp', jars, '-d', classes, join(import.meta.dirname, 'IamTokenValidator.java')], {});

  const [port, tlsPort, iamPort, controllerPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const addresses = `PLAINTEXT://${LOCAL_HOST}:${port},TLS://${LOCAL_HOST}:${tlsPort},IAM://${LOCAL_HOST}:${iamPort}`;
  const propertiesFile = join(home, 'server.properties');
  writeFileSync(
    propertiesFile,
    [
      serverProperties({ dataDirectory: join(home, 'data'), port, controllerPort }),
      `listeners=${addresses},CONTROLLER://${LOCAL_HOST}:${controllerPort}`,
      `advertised.listeners=${addresses}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,TLS:SSL,IAM:SASL_SSL,CONTROLLER:PLAINTEXT',
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${join(CERTIFICATES, 'broker.keystore.pem')}`,
      'listener.name.iam.sasl.enabled.mechanisms=OAUTHBEARER',
      `listener.name.iam.oauthbearer.connections.max.reauth.ms=${sessionMs}`,
      'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      `super.users=${superUsers.map((name) => `User:${name}`).join(';')}`,
      'listener.name.iam.oauthbearer.sasl.server.callback.handler.class=IamTokenValidator',
      'listener.name.iam.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
      '',
    ].join('\n'),
  );
  const log4jFile = join(home, 'log4j2.properties');
  writeFileSync(log4jFile, log4jProperties);
  const java = [
    ...['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    `-XX:SharedArchiveFile=${classArchive(distribution)}`,
    `-Dlog4j2.configurationFile=${log4jFile}`,
    ...['-cp', `${jars}:${classes}`],
  ];
  const format = [
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${randomBytes(16).toString('base64url')}`,
  ];
  await runTool(command, [...java, ...format, '-c', propertiesFile], {});
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
    open: `${LOCAL_HOST}:${port}`,
    tls: `${LOCAL_HOST}:${tlsPort}`,
    iam: `${LOCAL_HOST}:${iamPort}`,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await server.stop(); // which waits, as `ended` alone does not
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
