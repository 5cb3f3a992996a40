import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { PROJECT_ROOT, readSettings } from '../../local/settings.ts';

describe('readSettings', () => {
  test('an empty environment gives the default ports and the state directory in the project', () => {
    expect(readSettings({})).toEqual({
      apiPort: 3000,
      websocketPort: 3001,
      lambdaPort: 3002,
      issuerPort: 3003,
      tracesPort: 3004,
      kafkaPort: 9092,
      postgresPort: 15_432,
      stateDirectory: join(PROJECT_ROOT, '.local'),
      kafkaBrokers: undefined,
      databaseUrl: undefined,
      logLevel: 'info',
      auth: 'none',
      schemaRegistryUrl: undefined,
      hasReceiver: false,
      tracesEndpoint: undefined,
    });
  });

  test('remote servers and an absolute state directory are used unchanged', () => {
    const settings = readSettings({
      KAFKA_BROKERS: 'one:9092, two:9093',
      DATABASE_URL: 'postgresql://me:secret@db:5432/orders',
      STATE_DIR: '/var/orderly',
    });

    expect(settings).toMatchObject({
      kafkaBrokers: ['one:9092', 'two:9093'],
      databaseUrl: 'postgresql://me:secret@db:5432/orders',
      stateDirectory: '/var/orderly',
    });
  });

  test('an empty variable counts as not set', () => {
    expect(readSettings({ API_PORT: '', KAFKA_BROKERS: ' ', DATABASE_URL: '' })).toEqual(readSettings({}));
  });

  test('all problems are listed together, without the values', () => {
    const env = {
      API_PORT: '80a',
      KAFKA_PORT: '70000',
      DATABASE_URL: 'mysql://me:secret@db/x',
      LOG_LEVEL: 'loud',
    };

    expect(() => readSettings(env)).toThrow(
      expect.objectContaining({
        code: 'invalid_configuration',
        message:
          'These variables of the environment or .env are not valid: API_PORT must be a port number; KAFKA_PORT must be at most 65535; DATABASE_URL must be postgresql://user:password@host:port/database; LOG_LEVEL must be debug, info, warn or error.',
      }),
    );
  });

  test('a receiver requires a secret, because the calls are signed', () => {
    expect(() => readSettings({ FULFILMENT_URL: 'https://fulfilment.example/orders' })).toThrow(
      /FULFILMENT_SECRET is missing/,
    );
    expect(() =>
      readSettings({ FULFILMENT_URL: 'ftp://fulfilment.example', FULFILMENT_SECRET: 'x' }),
    ).toThrow(/FULFILMENT_URL must be http.*FULFILMENT_SECRET must be whsec_/);
  });

  test('tokens of a foreign issuer require its URL, those of the local issuer do not', () => {
    expect(readSettings({ AUTH: 'local' })).toMatchObject({ auth: 'local' });
    expect(() => readSettings({ AUTH: 'jwt' })).toThrow(
      /AUTH_ISSUER is missing.*AUTH_AUDIENCE is missing.*AUTH_JWKS_URL is missing/,
    );
    expect(() => readSettings({ AUTH: 'yes' })).toThrow(/AUTH must be none, local or jwt/);
  });

  test.each([
    ['http://127.0.0.1:4318', 'http://127.0.0.1:4318'],
    ['none', 'none'],
    ['', undefined],
  ])('the receiver of traces %j is accepted', (given, tracesEndpoint) => {
    expect(readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: given })).toMatchObject({ tracesEndpoint });
  });

  test('a receiver of traces that is no URL is rejected', () => {
    expect(() => readSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'off' })).toThrow(
      /OTEL_EXPORTER_OTLP_ENDPOINT must be https:\/\/…, or http:\/\/ with a loopback or private address \(none turns traces off\)/,
    );
  });

  test('one port for two purposes is rejected', () => {
    expect(() => readSettings({ LAMBDA_PORT: '3000' })).toThrow(/LAMBDA_PORT must differ from API_PORT/);
  });

  test('a relative state directory is resolved in the project', () => {
    expect(isAbsolute(readSettings({ STATE_DIR: 'elsewhere' }).stateDirectory)).toBe(true);
  });
});

test('.env.example names every variable with its default', () => {
  const lines = readFileSync(join(PROJECT_ROOT, '.env.example'), 'utf8').replaceAll(/^#(?=[A-Z_]+=)/gm, '');
  const example = parseEnv(lines);

  expect(Object.keys(example).sort()).toEqual([
    'API_PORT',
    'AUTH',
    'AUTH_AUDIENCE',
    'AUTH_ISSUER',
    'AUTH_JWKS_URL',
    'DATABASE_URL',
    'FULFILMENT_SECRET',
    'FULFILMENT_URL',
    'GRAFANA_PORT',
    'ISSUER_PORT',
    'KAFKA_BROKERS',
    'KAFKA_COMPRESSION',
    'KAFKA_PORT',
    'KAFKA_UI_PORT',
    'LAMBDA_PORT',
    'LOG_LEVEL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_TRACES_SAMPLER_ARG',
    'POSTGRES_PASSWORD',
    'POSTGRES_PORT',
    'PROMETHEUS_PORT',
    'RATE_LIMIT',
    'SCHEMA_REGISTRY_URL',
    'STATE_DIR',
    'TRACES_PORT',
    'WEBSOCKET_PORT',
  ]);
  expect(
    readSettings({
      ...example,
      KAFKA_BROKERS: '',
      DATABASE_URL: '',
      SCHEMA_REGISTRY_URL: '',
      FULFILMENT_URL: '',
      FULFILMENT_SECRET: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
    }),
  ).toEqual(readSettings({}));
  expect(readSettings({ ...example })).toMatchObject({ hasReceiver: true });
});
