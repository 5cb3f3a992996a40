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
