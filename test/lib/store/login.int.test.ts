import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../../lib/clock.ts';
import { createDatabase, type Database } from '../../../lib/store/database.ts';
import { type DatabaseLogin, secretPassword } from '../../../lib/store/login.ts';
import { authority } from '../../support/iam/iam-broker.ts';
import { startTlsPostgres, type TlsPostgres } from '../../support/iam/tls-postgres.ts';
import { type SecretsManager, startSecretsManager } from '../../support/secrets-manager.ts';
import { until } from '../../support/until.ts';

const START_MS = 60_000;
const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-AbCdEf';

let postgres: TlsPostgres;
let secretsManager: SecretsManager;

const keepSecret = (password: string): unknown =>
  secretsManager.secrets.set(SECRET, JSON.stringify({ username: 'ignored', password }));

beforeAll(async () => {
  postgres = await startTlsPostgres();
}, START_MS);

beforeEach(async () => {
  secretsManager = await startSecretsManager();
  keepSecret('first');
  await postgres.setPassword('first');
  await untilLetIn();
});

afterEach(async () => {
  await secretsManager[Symbol.asyncDispose]();
});

afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
});

test('the password of the secret lets in, over TLS, and is asked for once for many connections', async () => {
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

test('a password that was rotated is found by its refusal: the query, or the transaction, succeeds', async () => {
  await using database = open(fromSecret());
  await database.query('SELECT 1');

  for (const rotated of ['second', 'third']) {
    await postgres.setPassword(rotated);
    keepSecret(rotated);
    await postgres.endSessions();
    await until('the pool to notice', () =>
      database.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    await database.transaction((db) => db.query('SELECT 1'));
  }

  expect(secretsManager.asked).toHaveLength(3);
});

test('a password that is not in the secret yet is told as the cause, and the next query after it works', async () => {
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

test('Secrets Manager that refuses is told as the cause, and the next query after it works', async () => {
  secretsManager.status = 403;
  await using database = open(fromSecret());

  await expect(database.query('SELECT 1')).rejects.toMatchObject({
    code: 'database_unavailable',
    cause: { code: 'secret_unavailable' },
  });

  secretsManager.status = 200;
  await expect(database.query('SELECT 1')).resolves.toMatchObject({ rowCount: 1 });
});

test('a server whose certificate nobody has signed for gets no password', async () => {
  let given = 0;
  await using database = open({
    tls: true,
    refused: () => undefined,
    password: async () => {
      given += 1;
      return 'first';
    },
  });

  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: expect.any(String) });
  expect(given).toBe(0);
});

function fromSecret(): DatabaseLogin {
  const login = secretPassword(SECRET, {
    region: 'eu-west-1',
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
    clock: systemClock,
    endpoint: secretsManager.endpoint,
  });
  return { ...login, tls: { ca: authority() } };
}

const open = (login: DatabaseLogin): Database => createDatabase(postgres.url, login);

/** The server reads its settings anew when it comes to it. */
async function untilLetIn(): Promise<void> {
  await using database = open({
    tls: { ca: authority() },
    password: async () => 'first',
    refused: () => undefined,
  });
  await until('the server speaks TLS', () =>
    database.query('SELECT 1').then(
      () => true,
      () => false,
    ),
  );
}
