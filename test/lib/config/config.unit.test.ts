import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../lib/config/config.ts';
import { SECRET } from '../../support/fulfilment-receiver.ts';

const servers = { STAGE: 'local', KAFKA_BROKERS: 'one:9092', DATABASE_URL: 'postgresql://me@db/orders' };
const issuer = {
  AUTH_ISSUER: 'https://issuer.example/',
  AUTH_AUDIENCE: 'orderly, other',
  AUTH_JWKS_URL: 'https://issuer.example/keys',
};
const URL = 'https://fulfilment.example/orders';

describe('readConfig', () => {
  test.each([{}, { FULFILMENT_URL: '', FULFILMENT_SECRET: '' }, { FULFILMENT_SECRET: SECRET }])(
    'without a URL there is no receiver: %j',
    (env) => {
      expect(readConfig({ ...servers, ...env }).fulfilment).toBeUndefined();
    },
  );

  test.each([
    ['', undefined],
    ['1', 1],
    ['6000', 6_000],
  ])('RATE_LIMIT=%s is a limit of %s orders a minute', (RATE_LIMIT, rateLimit) => {
    expect(readConfig({ ...servers, RATE_LIMIT })).toMatchObject({ rateLimit });
    expect(readConfig(servers).rateLimit).toBeUndefined();
  });

  test('KAFKA_COMPRESSION is none by default, and names a codec of Kafka', () => {
    expect(readConfig(servers).kafkaCompression).toBe('none');
    expect(readConfig({ ...servers, KAFKA_COMPRESSION: 'zstd' }).kafkaCompression).toBe('zstd');
    expect(() => readConfig({ ...servers, KAFKA_COMPRESSION: 'brotli' })).toThrow(
      /KAFKA_COMPRESSION must be none, gzip or zstd/,
    );
  });

  test.each(['0', '-1', '1.5', '1e3', 'many', '10000000'])('RATE_LIMIT=%s is rejected', (RATE_LIMIT) => {
    expect(() => readConfig({ ...servers, RATE_LIMIT })).toThrow(/RATE_LIMIT must be a whole number/);
  });

  test.each([
    'https://collector.example',
    'https://xray.eu-west-1.amazonaws.com/',
    'http://127.0.0.1:4318',
    'http://localhost:4318/otlp',
    'http://[::1]:4318',
    'http://10.20.0.7:4318',
    'http://172.31.0.7:4318',
    'http://192.168.1.7:4318',
    'http://[fd12::7]:4318',
    'http://collector.orders.internal:4318',
    'http://jaeger:4318',
  ])('OTEL_EXPORTER_OTLP_ENDPOINT=%s is accepted', (OTEL_EXPORTER_OTLP_ENDPOINT) => {
    expect(() => readConfig({ ...servers, OTEL_EXPORTER_OTLP_ENDPOINT })).not.toThrow();
  });

  test.each([
    ['collector:4318', 'must be https://…, or http:// with a loopback or private address'],
    ['http://collector.example:4318', 'must be https://…, or http:// with a loopback or private address'],
    ['http://10.example:4318', 'must be https://…, or http:// with a loopback or private address'],
    ['http://172.32.0.7:4318', 'must be https://…, or http:// with a loopback or private address'],
    ['grpc://127.0.0.1:4317', 'must be https://…, or http:// with a loopback or private address'],
    ['https://collector.example?key=1', 'must contain no user, no query and no fragment'],
    ['https://me:secret@collector.example', 'must contain no user, no query and no fragment'],
    ['http://127.0.0.1:4318/v1/traces', 'must not end with /v1/traces, which is added to it'],
    ['http://127.0.0.1:4318/v1/traces/', 'must not end with /v1/traces, which is added to it'],
  ])('OTEL_EXPORTER_OTLP_ENDPOINT=%s is rejected: %s', (OTEL_EXPORTER_OTLP_ENDPOINT, problem) => {
    expect(() => readConfig({ ...servers, OTEL_EXPORTER_OTLP_ENDPOINT })).toThrow(
      `OTEL_EXPORTER_OTLP_ENDPOINT ${problem}`,
    );
  });

  test.each(['', '0', '0.01', '1', '1.0'])('OTEL_TRACES_SAMPLER_ARG=%j is accepted', (ratio) => {
    expect(() => readConfig({ ...servers, OTEL_TRACES_SAMPLER_ARG: ratio })).not.toThrow();
  });

  test.each(['-0.1', '1.1', '1e-3', '5%', '.'])('OTEL_TRACES_SAMPLER_ARG=%s is rejected', (ratio) => {
    expect(() => readConfig({ ...servers, OTEL_TRACES_SAMPLER_ARG: ratio })).toThrow(
      'OTEL_TRACES_SAMPLER_ARG must be a ratio from 0 to 1, such as 0.01',
    );
  });

  test.each([
    {},
    { AUTH: '', AUTH_ISSUER: '', AUTH_AUDIENCE: '', AUTH_JWKS_URL: '' },
    { AUTH: 'none' },
    { AUTH: 'none', ...issuer },
    { STAGE: 'dev', AUTH: 'none' },
    { STAGE: 'dev', AUTH: 'none', ...issuer },
  ])('the API is open with %j', (env) => {
    expect(readConfig({ ...servers, ...env }).authentication).toBeUndefined();
  });

  test.each([
    { AUTH: 'jwt' },
    { STAGE: 'dev' },
    { STAGE: 'dev', AUTH: '' },
    { STAGE: 'Local' },
    { STAGE: 'prod', AUTH: 'jwt' },
  ])('the API requires tokens of a configured issuer with %j', (env) => {
    expect(readConfig({ ...servers, ...issuer, ...env }).authentication).toEqual({
      issuer: 'https://issuer.example/',
      audiences: ['orderly', 'other'],
      jwksUrl: 'https://issuer.example/keys',
    });
    expect(() => readConfig({ ...servers, ...env })).toThrow(
      /AUTH_ISSUER is missing.*AUTH_AUDIENCE is missing.*AUTH_JWKS_URL is missing/,
    );
  });

  test('the API requires tokens on a laptop too if an issuer is configured', () => {
    expect(readConfig({ ...servers, ...issuer }).authentication).toMatchObject({
      issuer: issuer.AUTH_ISSUER,
    });
  });

  test.each(Object.entries(issuer))(
    'a laptop with only %s is not open: the other variables are missing',
    (name, value) => {
      const others = Object.keys(issuer).filter((other) => other !== name);

      expect(() => readConfig({ ...servers, [name]: value })).toThrow(
        new RegExp(others.map((other) => `${other} is missing`).join('.*')),
      );
    },
  );

  test.each([{}, { AUTH: 'none' }, { AUTH: 'jwt', ...issuer }])(
    'without a stage the configuration is invalid, open or not: %j',
    (env) => {
      for (const STAGE of [undefined, '']) {
        expect(() => readConfig({ ...servers, ...env, STAGE })).toThrow('STAGE is missing');
      }
    },
  );

  test.each([
    [{ AUTH: 'local' }, 'AUTH must be jwt or none'],
    [{ AUTH: 'jwt', AUTH_ISSUER: '' }, 'AUTH_ISSUER is missing'],
    [{ AUTH: 'jwt', AUTH_AUDIENCE: 'orderly,' }, 'AUTH_AUDIENCE must be one audience'],
    [{ AUTH: 'jwt', AUTH_JWKS_URL: 'http://issuer.example/keys' }, 'AUTH_JWKS_URL must be https'],
    [{ AUTH: 'jwt', AUTH_JWKS_URL: 'http://127.0.0.1.example/keys' }, 'AUTH_JWKS_URL must be https'],
    [{ AUTH: 'jwt', AUTH_JWKS_URL: 'file:///keys' }, 'AUTH_JWKS_URL must be https'],
    [{ AUTH: 'jwt', AUTH_JWKS_URL: 'keys' }, 'AUTH_JWKS_URL must be https'],
  ])('an authentication of %j is rejected', (env, problem) => {
    expect(() => readConfig({ ...servers, ...issuer, ...env })).toThrow(problem);
  });

  test('a receiver has a URL and a secret', () => {
    const { fulfilment } = readConfig({ ...servers, FULFILMENT_URL: URL, FULFILMENT_SECRET: SECRET });

    expect(fulfilment).toEqual({ url: URL, signedWith: { secret: SECRET } });
  });

  test('a receiver may have the ARN of a secret instead, which needs a region', () => {
    const env = { ...servers, FULFILMENT_URL: URL, FULFILMENT_SECRET_ARN: 'arn:aws:secretsmanager:…' };

    const { fulfilment } = readConfig({ ...env, AWS_REGION: 'eu-west-1' });

    expect(fulfilment).toEqual({ url: URL, signedWith: { secretArn: 'arn:aws:secretsmanager:…' } });
    expect(() => readConfig(env)).toThrow('AWS_REGION is missing');
  });

  test.each([
    [{}, undefined],
    [{ SCHEMA_REGISTRY_URL: '' }, undefined],
    [{ SCHEMA_REGISTRY_URL: 'http://registry:8081' }, { url: 'http://registry:8081' }],
    [
      {
        SCHEMA_REGISTRY_URL: 'https://registry.example',
        SCHEMA_REGISTRY_SECRET_ARN: 'arn:1',
        AWS_REGION: 'eu-west-1',
      },
      { url: 'https://registry.example', secretArn: 'arn:1' },
    ],
  ])('the schema registry of %j is %j', (env, registry) => {
    expect(readConfig({ ...servers, ...env }).schemaRegistry).toEqual(registry);
  });

  test.each([
    [{ SCHEMA_REGISTRY_URL: 'registry:8081' }, 'SCHEMA_REGISTRY_URL must be http'],
    [{ SCHEMA_REGISTRY_URL: 'https://registry?team=1' }, 'SCHEMA_REGISTRY_URL must contain no query'],
    [{ SCHEMA_REGISTRY_URL: 'https://key:secret@registry' }, 'SCHEMA_REGISTRY_URL must contain no user'],
    [
      { SCHEMA_REGISTRY_URL: 'https://registry', SCHEMA_REGISTRY_SECRET_ARN: 'arn:1' },
      'AWS_REGION is missing',
    ],
    [
      { SCHEMA_REGISTRY_URL: 'http://registry', SCHEMA_REGISTRY_SECRET_ARN: 'arn:1' },
      'SCHEMA_REGISTRY_URL must be https',
    ],
  ])('%j is rejected: %s', (env, problem) => {
    expect(() => readConfig({ ...servers, ...env })).toThrow(problem);
  });

  test.each([
    [{ FULFILMENT_URL: URL }, 'FULFILMENT_SECRET is missing'],
    [{ FULFILMENT_URL: URL, FULFILMENT_SECRET: '' }, 'FULFILMENT_SECRET is missing'],
    [{ FULFILMENT_URL: URL, FULFILMENT_SECRET: 'whsec_c2hvcnQ=' }, 'FULFILMENT_SECRET must be whsec_'],
    [{ FULFILMENT_URL: URL, FULFILMENT_SECRET: 'secret' }, 'FULFILMENT_SECRET must be whsec_'],
    [{ FULFILMENT_URL: 'file:///etc/passwd', FULFILMENT_SECRET: SECRET }, 'FULFILMENT_URL must be http'],
    [{ FULFILMENT_URL: 'fulfilment.example', FULFILMENT_SECRET: SECRET }, 'FULFILMENT_URL must be http'],
  ])('%j is rejected, and the message contains no secret', (env, problem) => {
    const read = () => readConfig({ ...servers, ...env });

    expect(read).toThrow(problem);
    expect(read).not.toThrow(/c2hvcnQ/);
  });
});
