import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readOptions } from '../../src/configuration/options.ts';
import { aKafkaEvent, anMskEvent, only, read } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

const serviceDir = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-'));
afterAll(() => rmSync(serviceDir, { recursive: true }));

const pem = (what: string): string => `-----BEGIN ${what}-----\nabcd\n-----END ${what}-----\n`;
const [CA, CERTIFICATE, KEY] = [pem('CERTIFICATE'), pem('CERTIFICATE'), pem('PRIVATE KEY')];
writeFileSync(join(serviceDir, 'ca.pem'), CA);
writeFileSync(join(serviceDir, 'empty.pem'), '');

const sasl = { mechanism: 'scram-sha-512', username: 'orders', password: 'secret' };

const readSecurity = (security: unknown) => {
  const { options, problems } = readOptions({
    custom: { 'serverless-offline-kafka': { security } },
    cliOptions: {},
    environment: {},
    serviceDir,
    functionKeys: [],
  });
  return {
    security: options.of('work', 'Mapping').security,
    problems: problems.map(({ path, message }) => `${path.slice(2).join('.')}: ${message}`),
  };
};

describe('security in the options', () => {
  test.each([
    ['nothing is plaintext', {}, {}],
    ['PLAINTEXT', { protocol: 'PLAINTEXT' }, {}],
    ['SSL with whom Node trusts', { protocol: 'SSL' }, { tls: {} }],
    ['SSL with a private CA', { ca: CA }, { tls: { ca: CA } }],
    [
      'mTLS',
      { certificate: CERTIFICATE, privateKey: KEY, passphrase: 'open' },
      { tls: { certificate: CERTIFICATE, privateKey: KEY, passphrase: 'open' } },
    ],
    ['a password goes over TLS', { sasl }, { tls: {}, sasl }],
    [
      'a password in plain text requires an explicit protocol',
      { protocol: 'SASL_PLAINTEXT', sasl },
      { sasl },
    ],
    ['SASL_SSL', { protocol: 'SASL_SSL', sasl, ca: CA }, { tls: { ca: CA }, sasl }],
    ['a file of the service', { ca: 'ca.pem' }, { tls: { ca: CA } }],
    ['a file by its whole path', { ca: join(serviceDir, 'ca.pem') }, { tls: { ca: CA } }],
  ])('%s', (_, given, expected) => {
    expect(readSecurity(given)).toEqual({ security: expected, problems: [] });
  });

  test.each([
    ['security.protocol', { protocol: 'TLS' }],
    ['security.ca: is for TLS', { protocol: 'SASL_PLAINTEXT', sasl, ca: CA }],
    ['security.ca: is for TLS', { protocol: 'PLAINTEXT', ca: CA }],
    ['security.sasl: is for SASL', { protocol: 'SSL', sasl }],
    ['security.sasl: is required', { protocol: 'SASL_SSL' }],
    ['security.privateKey: certificate and privateKey must be set together', { certificate: CERTIFICATE }],
    ['security.certificate: certificate and privateKey must be set together', { privateKey: KEY }],
    ['security.passphrase: ', { ca: CA, passphrase: 'open' }],
    ['security.sasl.mechanism', { sasl: { ...sasl, mechanism: 'SCRAM-SHA-512' } }],
    ['security.sasl.password', { sasl: { ...sasl, password: '' } }],
    ['security.user', { user: 'orders' }],
    [`security.ca: the file ${join(serviceDir, 'none.pem')} cannot be read`, { ca: 'none.pem' }],
    [`security.ca: the file ${join(serviceDir, 'empty.pem')} contains no PEM text`, { ca: 'empty.pem' }],
  ])('is rejected: %s', (problem, given) => {
    expect(readSecurity(given).problems).toEqual([expect.stringContaining(problem)]);
  });
});

describe('the secrets of a mapping', () => {
  const arn = (name: string): string => `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${name}`;
  const access = (...types: string[]) => types.map((Type) => ({ Type, URI: arn(Type) }));
  const password = { username: 'orders', password: 'secret' };
  const client = { certificate: CERTIFICATE, privateKey: KEY, privateKeyPassword: 'open' };
  const secrets = {
    [arn('BASIC_AUTH')]: password,
    [arn('SASL_SCRAM_256_AUTH')]: password,
    [arn('SASL_SCRAM_512_AUTH')]: password,
    [arn('CLIENT_CERTIFICATE_TLS_AUTH')]: client,
    [arn('SERVER_ROOT_CA_CERTIFICATE')]: { certificate: CA },
  };
  const withAccess = (
    SourceAccessConfigurations: unknown,
    options: Readonly<Record<string, unknown>>,
    event = aKafkaEvent(),
  ) => {
    const id = 'msk' in event ? 'WorkEventSourceMappingMSKOrdersOrders' : 'WorkEventSourceMappingKafkaOrders';
    const extensions = { [id]: { Properties: { SourceAccessConfigurations } } };
    return read(aService({ work: [event] }, { resources: { extensions } }), options);
  };
  const used = (types: readonly string[]) =>
    Object.fromEntries(Object.entries(secrets).filter(([key]) => types.some((type) => key === arn(type))));

  const mTls = { certificate: CERTIFICATE, privateKey: KEY, passphrase: 'open' };
  test.each([
    [['BASIC_AUTH'], { tls: {}, sasl: { mechanism: 'plain', ...password } }],
    [['SASL_SCRAM_256_AUTH'], { tls: {}, sasl: { mechanism: 'scram-sha-256', ...password } }],
    [['SASL_SCRAM_512_AUTH'], { tls: {}, sasl: { mechanism: 'scram-sha-512', ...password } }],
    [['CLIENT_CERTIFICATE_TLS_AUTH'], { tls: mTls }],
    [['SERVER_ROOT_CA_CERTIFICATE'], { tls: { ca: CA } }],
    [
      ['SERVER_ROOT_CA_CERTIFICATE', 'SASL_SCRAM_512_AUTH'],
      { tls: { ca: CA }, sasl: { mechanism: 'scram-sha-512', ...password } },
    ],
    [['SERVER_ROOT_CA_CERTIFICATE', 'CLIENT_CERTIFICATE_TLS_AUTH'], { tls: { ca: CA, ...mTls } }],
    [['BASIC_AUTH', 'SASL_SCRAM_256_AUTH'], { tls: {}, sasl: { mechanism: 'scram-sha-256', ...password } }],
    [
      ['SASL_SCRAM_256_AUTH', 'SASL_SCRAM_512_AUTH'],
      { tls: {}, sasl: { mechanism: 'scram-sha-512', ...password } },
    ],
    [['SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'], { tls: mTls }],
  ])('select the strongest of %j', (types, security) => {
    expect(only(withAccess(access(...types), { secrets: used(types) })).cluster.security).toEqual(security);
  });

  test('select the strongest type for MSK', () => {
    const types = ['SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'];

    expect(
      only(withAccess(access(...types), { secrets: used(types) }, anMskEvent() as never)).cluster.security,
    ).toEqual({ tls: mTls });
  });

  test('can come from the settings of the event', () => {
    const msk = anMskEvent({ saslScram512: arn('SASL_SCRAM_512_AUTH') });
    const kafka = aKafkaEvent({ accessConfigurations: { saslScram256Auth: [arn('SASL_SCRAM_256_AUTH')] } });
    const types = ['SASL_SCRAM_256_AUTH', 'SASL_SCRAM_512_AUTH'];

    const { definitions, warnings } = read(aService({ work: [msk, kafka] }), { secrets: used(types) });

    expect(definitions.map(({ cluster }) => cluster.security.sasl?.mechanism)).toEqual([
      'scram-sha-512',
      'scram-sha-256',
    ]);
    expect(warnings).toEqual([]);
  });

  test('need no local values: the default is plaintext', () => {
    expect(only(withAccess(access('SASL_SCRAM_512_AUTH'), {})).cluster.security).toEqual({});
  });

  test('are ignored if the options have security, where that of the function takes precedence', () => {
    const types = ['SASL_SCRAM_512_AUTH'];
    const options = { secrets: used(types), security: { ca: CA } };

    const all = withAccess(access(...types), options);
    const own = withAccess(access(...types), {
      ...options,
      functions: { work: { security: { protocol: 'PLAINTEXT' } } },
    });

    expect(only(all).cluster.security).toEqual({ tls: { ca: CA } });
    expect(only(own).cluster.security).toEqual({});
  });

  test.each([
    ['SASL_SCRAM_512_AUTH', { certificate: CA }, 'which needs username and password'],
    ['CLIENT_CERTIFICATE_TLS_AUTH', { certificate: CA }, 'which needs certificate and privateKey'],
    ['SERVER_ROOT_CA_CERTIFICATE', password, 'which needs certificate'],
  ])('must fit their type: %s', (type, secret, message) => {
    const { problems } = withAccess(access(type), { secrets: { [arn(type)]: secret } });

    expect(problems).toEqual([expect.stringMatching(`SourceAccessConfigurations.0.URI: .*${message}$`)]);
  });

  test('are a warning if no mapping names them', () => {
    const { warnings } = withAccess(access('BASIC_AUTH'), { secrets: { [arn('basic')]: password } });

    expect(warnings).toEqual([
      `custom.serverless-offline-kafka.secrets.${arn('basic')}: no mapping names this secret`,
    ]);
  });
});
