import { once } from 'node:events';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createDatabase, type Database } from '../../../lib/postgres/database.ts';
import { connectionTo } from '../../../lib/postgres/database-url.ts';
import { ensureDatabase } from '../../../lib/postgres/ensure-database.ts';
import { type DatabaseLogin, rdsIam, secretPassword } from '../../../lib/postgres/login.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import { authority } from '../../support/iam/iam-broker.ts';
import { startTlsPostgres, type TlsPostgres } from '../../support/iam/tls-postgres.ts';
import { type SecretsManager, startSecretsManager } from '../../support/secrets-manager.ts';
import { until } from '../../support/until.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-AbCdEf';

/** PostgreSQL's default maximum is 100. */
const MORE_THAN_THE_SERVER_HAS = 120;

let postgres: TlsPostgres;
let secretsManager: SecretsManager;

const keepSecret = (password: string): unknown =>
  secretsManager.secrets.set(SECRET, JSON.stringify({ username: 'ignored', password }));

beforeAll(async () => {
  postgres = await startTlsPostgres();
});

beforeEach(async () => {
  secretsManager = await startSecretsManager();
  keepSecret('first');
  await postgres.setPassword('first');
  await untilLoginSucceeds();
});

afterEach(async () => {
  await secretsManager[Symbol.asyncDispose]();
});

afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

test('the password of the secret logs in over TLS, and is read once for many connections', async () => {
  await using database = open(fromSecret());

  const answers = await Promise.all(
    Array.from({ length: 5 }, () =>
      database.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'),
    ),
  );

  expect(answers.map(({ rows }) => rows)).toEqual(Array.from({ length: 5 }, () => [{ ssl: true }]));
  expect(secretsManager.asked).toHaveLength(1);
  expect(secretsManager.asked[0]?.headers).toMatchObject({
    'x-amz-target': 'secretsmanager.GetSecretValue',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/secretsmanager\//,
    ),
  });
});

test('a rotated password is detected by its rejection: the query, or the transaction, succeeds', async () => {
  await using database = open(fromSecret());
  await untilAnswered(database);

  for (const rotated of ['second', 'third']) {
    await postgres.setPassword(rotated);
    keepSecret(rotated);
    await postgres.endSessions();
    await untilAnswered(database);
    await database.transaction((db) => db.query('SELECT 1'));
  }

  expect(secretsManager.asked).toHaveLength(3);
});

test('a password that is not in the secret yet is reported as the cause, and the next query after it is there succeeds', async () => {
  await postgres.setPassword('not in the secret');
  await using database = open(fromSecret());

  await expect(database.query('SELECT 1')).rejects.toMatchObject({
    code: 'database_unavailable',
    retryable: true,
    cause: { code: 'login_refused' },
  });
  expect(secretsManager.asked).toHaveLength(2);

  keepSecret('not in the secret');
  await expect(database.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
});

test('a rejection by Secrets Manager is reported as the cause, and the next query after it succeeds', async () => {
  secretsManager.status = 403;
  await using database = open(fromSecret());

  await expect(database.query('SELECT 1')).rejects.toMatchObject({
    code: 'database_unavailable',
    cause: { code: 'secret_unavailable' },
  });

  secretsManager.status = 200;
  await expect(database.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
});

test('Secrets Manager without a response is reported as the cause, and nothing stays pending', async () => {
  secretsManager.mute = true;
  await using database = open(fromSecret());

  await expect(database.query('SELECT 1')).rejects.toMatchObject({
    code: 'database_unavailable',
    cause: { code: 'secret_unavailable', cause: { name: 'TimeoutError' } },
  });
  await until('the request to be over', () => secretsManager.asked.every(({ socket }) => socket.destroyed));

  secretsManager.mute = false;
  await expect(database.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
});

test('ten concurrent connections after a rotation read the new password once', async () => {
  const login = fromSecret();
  await login.password();
  await postgres.setPassword('rotated');
  keepSecret('rotated');
  await using database = open(login);

  await Promise.all(Array.from({ length: 10 }, () => database.query('SELECT pg_sleep(0.1)')));

  expect(secretsManager.asked.length).toBe(2);
});

describe('a secret that is not JSON with a password', () => {
  const VALUE = 'S3cret!-of-the-database';

  test.each([
    VALUE,
    `"${VALUE}"`,
    `{"password": ${VALUE}}`,
    `{"password": ["${VALUE}"]}`,
    `{"${VALUE}": ""}`,
    `{"password": "${VALUE}", }`,
  ])('is reported, and the error contains nothing of it: %j', async (text) => {
    secretsManager.secrets.set(SECRET, text);
    await using database = open(fromSecret());

    const error = await database.query('SELECT 1').catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      code: 'database_unavailable',
      cause: { code: 'secret_unavailable', cause: { message: 'its value is not JSON with a password' } },
    });
    expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/S3cret|of-the-database/);
  });

  test('is reported without any part of a response that cannot be read', async () => {
    await using server = await answering(`${VALUE}"}`);

    const error = await secretPassword(SECRET, secretOptions(server.endpoint))
      .password()
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'secret_unavailable' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toMatch(/S3cret|of-the-database/);
  });
});

test.each<[string, () => DatabaseLogin]>([
  ['no credentials', () => rdsIam(postgres.url, { ...iamOptions(), credentials: noCredentials })],
  ['no secret', () => secretPassword('arn:of-no-secret', secretOptions())],
])('while there is no password (%s) the connections of the server stay free for others', async (_, login) => {
  await using database = open({ ...login(), tls: { ca: authority() } });
  await using other = open({ ...ownPassword('first'), tls: { ca: authority() } });

  for (let count = 0; count < MORE_THAN_THE_SERVER_HAS; count += 1) {
    await expect(database.query('SELECT 1')).rejects.toMatchObject({
      code: 'database_unavailable',
      cause: { code: expect.stringMatching(/^aws_credentials_missing$|^secret_unavailable$/) },
    });
  }

  await expect(other.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
});

test('missing credentials count as an unavailable database, not as an error of the query', async () => {
  const login = rdsIam(postgres.url, { ...iamOptions(), credentials: async () => Object({}) });
  await using database = open({ ...login, tls: { ca: authority() } });

  await expect(database.transaction((db) => db.query('SELECT 1'))).rejects.toMatchObject({
    code: 'database_unavailable',
  });
});

test('an IAM token logs in as the user whose name is encoded in the URL', async () => {
  const login = rdsIam(postgres.encodedUrl, iamOptions());
  await postgres.setPassword(await login.password());
  await using database = createDatabase(postgres.encodedUrl, { ...login, tls: { ca: authority() } });

  const { rows } = await database.query(
    'SELECT current_user AS name, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  );

  expect(rows).toEqual([{ name: 'orderly@app', ssl: true }]);
});

test('a login keeps the parameters of the URL, also when the database is created and migrated', async () => {
  const settings =
    '?application_name=shop&options=-c%20work_mem%3D1234kB&lock_timeout=777&sslmode=verify-full';
  const url = `${postgres.url}${settings}`;
  const connection = connectionTo(url, fromSecret());
  await using database = createDatabase(url, fromSecret());
  const sessionSettings = `SELECT current_setting('application_name') AS application_name, current_setting('work_mem') AS work_mem,
                       current_setting('lock_timeout') AS lock_timeout`;

  const client = new pg.Client(connection);
  await client.connect();
  const [pooled, single] = [await database.query(sessionSettings), await client.query(sessionSettings)];
  await client.end();
  await ensureDatabase(connection);

  const expected = [{ application_name: 'shop', work_mem: '1234kB', lock_timeout: '777ms' }];
  expect([pooled.rows, single.rows]).toEqual([expected, expected]);
});

test.each<[string, DatabaseLogin['tls'], string]>([
  ['that is self-signed', true, 'SELF_SIGNED_CERT_IN_CHAIN'],
  [
    'of another host',
    { ca: authority(), servername: 'database.example.invalid' },
    'ERR_TLS_CERT_ALTNAME_INVALID',
  ],
])('a server with a certificate %s is unavailable, and gets no password', async (_, tls, code) => {
  let judged = 0;
  await using database = open({
    tls,
    password: async () => 'wrong',
    rejected: () => {
      judged += 1;
    },
  });

  const failures = await Promise.allSettled([
    database.query('SELECT 1'),
    database.transaction((db) => db.query('SELECT 1')),
  ]);

  expect(failures).toMatchObject(
    Array(2).fill({ reason: { code: 'database_unavailable', retryable: true, cause: { code } } }),
  );
  expect(judged).toBe(0);
});

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const noCredentials = (): Promise<never> => Promise.reject(new Error('none'));

const iamOptions = () => ({
  region: 'eu-west-1',
  credentials: async () => credentials,
  clock: () => Date.parse('2026-11-24T12:00:00Z'),
});

const secretOptions = (endpoint = secretsManager.endpoint) => ({
  ...iamOptions(),
  clock: systemClock,
  endpoint,
});

const fromSecret = (): DatabaseLogin => ({
  ...secretPassword(SECRET, secretOptions()),
  tls: { ca: authority() },
});

const ownPassword = (password: string) => ({ password: async () => password, rejected: () => undefined });

/** Starts a server that always sends this text. */
async function answering(text: string): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const server = createServer((_request, response) => response.end(text)).listen(0, LOCAL_HOST);
  await once(server, 'listening');
  return {
    endpoint: `http://${LOCAL_HOST}:${Object(server.address()).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const open = (login: DatabaseLogin): Database => createDatabase(postgres.url, login);

/** The server reloads its settings asynchronously. A first login also loads code, within a time limit of its own. */
async function untilLoginSucceeds(): Promise<void> {
  await using database = open(fromSecret());
  await untilAnswered(database);
  secretsManager.asked.length = 0;
}

/** A pool may return a connection that has just closed. */
const untilAnswered = (database: Database): Promise<void> =>
  until('an answer', () =>
    database.query('SELECT 1').then(
      () => true,
      () => false,
    ),
  );
