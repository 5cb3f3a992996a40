import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../lib/config/config.ts';
import { connectionTo, databaseUrlErrors } from '../../../lib/postgres/database-url.ts';
import { readSettings } from '../../../local/settings.ts';

const URL = 'postgresql://orderly@db/orderly';
const login = { tls: true, password: async () => 'secret', rejected: () => undefined } as const;

/** Each parameter with a password, and with IAM or a secret: accepted, or rejected by name. */
const parameters: [parameter: string, byPassword: boolean, byLogin: boolean][] = [
  ['application_name=shop', true, true],
  ['client_encoding=utf8', true, true],
  ['client_encoding=UTF-8', true, true],
  ['client_encoding=latin1', false, false],
  ['idle_in_transaction_session_timeout=5000', true, true],
  ['lock_timeout=100', true, true],
  ['options=-c%20statement_timeout%3D1', true, true],
  ['statement_timeout=100', true, true],
  ['ssl=true', true, true],
  ['ssl=1', true, true],
  ['ssl=0', true, false],
  ['ssl=false', false, false],
  ['ssl=no-verify', true, false],
  ['sslmode=disable', true, false],
  ['sslmode=allow', false, false],
  ['sslmode=prefer', true, true],
  ['sslmode=require', true, true],
  ['sslmode=verify-ca', true, true],
  ['sslmode=verify-full', true, true],
  ['sslmode=no-verify', true, false],
  ['sslmode=', false, false],
  ['sslmode=VERIFY-FULL', false, false],
  ['sslcert=client.pem', true, false],
  ['sslkey=client.key', true, false],
  ['sslrootcert=ca.pem', true, false],
  ['sslrootcert=system', true, false],
  ['sslnegotiation=direct', true, false],
  ['sslnegotiation=other', false, false],
  ['uselibpqcompat=true', true, false],
  ...[
    'binary=1',
    'channel_binding=require',
    'connect_timeout=10',
    'dbname=other',
    'db=other',
    'encoding=utf8',
    'fallback_application_name=shop',
    'gssencmode=disable',
    'host=elsewhere',
    'hostaddr=192.0.2.1',
    'keepalives=0',
    'load_balance_hosts=random',
    'max=100',
    'passfile=here',
    'password=geheim',
    'port=5433',
    'query_timeout=1',
    'replication=database',
    'requirepeer=postgres',
    'service=orders',
    'sslcrl=revoked.pem',
    'sslpassword=geheim',
    'ssl_min_protocol_version=TLSv1.3',
    'target_session_attrs=read-write',
    'tcp_user_timeout=1',
    'user=other',
    'SSLMODE=require',
    '__proto__=1',
    'constructor=1',
    'toString=1',
    '=1',
  ].map((parameter): [string, boolean, boolean] => [parameter, false, false]),
];

test.each(parameters)('%s has an effect by password: %s, by IAM and a secret: %s', (parameter, ...taken) => {
  const name = parameter.split('=')[0];
  for (const [authentication, isTaken] of [
    ['password', taken[0]],
    ['iam', taken[1]],
    ['secret', taken[1]],
  ] as const) {
    const faults = databaseUrlErrors(`${URL}?${parameter}`, authentication);

    expect(faults).toHaveLength(isTaken ? 0 : 1);
    expect(faults.join()).toContain(isTaken ? '' : `must not have the parameter ${name}`);
    expect(faults.join()).not.toContain('geheim');
  }
});

test('every invalid parameter is named, also a repeated one, and a password beside a login', () => {
  const url = 'postgresql://orderly:geheim@db/orderly?lock_timeout=1&lock_timeout=2&port=1&host=x';

  expect(databaseUrlErrors(url, 'iam')).toEqual([
    'must not have the parameter lock_timeout 2 times',
    'must not have the parameter port, which has no effect here',
    'must not have the parameter host, which has no effect here',
    'must have no password: DATABASE_AUTH is iam',
  ]);
  expect(databaseUrlErrors(url, 'password')).toHaveLength(3);
});

test.each([
  ['postgresql://db/orderly', 'must name the user: DATABASE_AUTH is iam'],
  ['postgresql://100%@db/orderly', 'has an invalid % in the user or the database: encode % as %25'],
  ['postgresql://app@db/%ff', 'has an invalid % in the user or the database: encode % as %25'],
])('%s is rejected for a login, because it could never log in', (url, fault) => {
  expect(databaseUrlErrors(url, 'iam')).toEqual([fault]);
  expect(databaseUrlErrors(url, 'password')).toEqual([]);
});

describe('an invalid URL', () => {
  const DATABASE_URL = `${URL}?sslmode=disable&connect_timeout=1`;
  const servers = { STAGE: 'local', KAFKA_BROKERS: 'one:9092', AWS_REGION: 'eu-west-1', DATABASE_URL };

  test('is rejected when a function reads its configuration', () => {
    expect(() => readConfig(servers)).toThrow(
      'complete: DATABASE_URL must not have the parameter connect_timeout, which has no effect here.',
    );
    expect(() => readConfig({ ...servers, DATABASE_AUTH: 'iam' })).toThrow(
      /DATABASE_URL must not have the parameter sslmode=disable: .*; DATABASE_URL must not have the parameter connect_timeout/,
    );
  });

  test('is rejected when npm start reads its settings', () => {
    expect(() => readSettings({ DATABASE_URL })).toThrow(/DATABASE_URL must not have .* connect_timeout/);
  });
});

test('a login uses the settings of the URL, and adds its password and its TLS', () => {
  const url =
    'postgresql://an%20app@[::1]:6432/or%2Fders?options=-c%20geqo%3Doff&application_name=shop&sslmode=require';

  expect(connectionTo(url, login)).toEqual({
    application_name: 'shop',
    options: '-c geqo=off',
    host: '::1',
    port: 6432,
    user: 'an app',
    database: 'or/ders',
    password: login.password,
    ssl: true,
  });
});
