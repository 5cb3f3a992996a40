import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { createDatabase, type Database } from '../../lib/postgres/database.ts';
import { migrate } from '../../lib/postgres/migrate.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { queryOnce } from '../support/database.ts';
import { keepLetter, letterState } from '../support/dead-letters.ts';
import { CERTIFICATES, type IamBroker, startIamBroker } from '../support/iam/iam-broker.ts';
import { startTlsPostgres, type TlsPostgres } from '../support/iam/tls-postgres.ts';
import { openAdmin, readTopic } from '../support/kafka.ts';
import { type Ended, runCommand } from '../support/script-command.ts';
import { type SecretsManager, startSecretsManager } from '../support/secrets-manager.ts';

/**
 * The tools on the stage `dev`. It shares brokers with prod: they require IAM, and the database requires TLS and a
 * secret.
 */

const SESSION_MS = 15 * 60_000;
const OPERATOR = 'OPERATOR';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-AbCdEf';

let broker: IamBroker;
let postgres: TlsPostgres;
let secretsManager: SecretsManager;
/** Logs in with all privileges. */
let database: Database;
/** The environment variables of an operator. */
let stage: Readonly<Record<string, string>>;

beforeAll(async () => {
  [broker, postgres, secretsManager] = await Promise.all([
    startIamBroker(SESSION_MS),
    startTlsPostgres(),
    startSecretsManager(),
  ]);
  const wanted = Object.entries(topics);
  await ensureTopics(
    [broker.open],
    Object.fromEntries(
      wanted.flatMap(([name, settings]) => [
        [name, settings],
        [`dev.${name}`, settings],
      ]),
    ),
  );
  await permitOperator();
  await queryOnce(urlOf('postgres', 'postgres'), 'CREATE DATABASE orderly_dev');
  await migrate(urlOf('postgres', 'orderly_dev'), { role: { name: 'orderly_app' } });
  await postgres.setPassword('kept');
  secretsManager.secrets.set(SECRET, JSON.stringify({ username: 'ignored', password: 'kept' }));
  database = createDatabase(urlOf('postgres', 'orderly_dev'));
  stage = {
    KAFKA_BROKERS: broker.iam,
    KAFKA_AUTH: 'iam',
    KAFKA_PREFIX: 'dev.',
    DATABASE_URL: urlOf('orderly_app', 'orderly_dev'),
    DATABASE_AUTH: 'secret',
    DATABASE_SECRET_ARN: SECRET,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: OPERATOR,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
    NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem'),
  };
});

beforeEach(async () => {
  await database.query('TRUNCATE dead_letters, outbox, audit_log');
});

afterAll(async () => {
  await database.close();
  await Promise.all([broker, postgres, secretsManager].map((server) => server[Symbol.asyncDispose]()));
});

/** Grants the permissions of docs/dead-letters.md and docs/kafka-clients.md as Kafka ACLs. */
async function permitOperator(): Promise<void> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  const may = (
    operation: kafkajs.AclOperationTypes,
    resourceType: kafkajs.AclResourceTypes,
    resourceName: string,
    resourcePatternType: kafkajs.ResourcePatternTypes,
  ): kafkajs.AclEntry => ({
    ...{ operation, resourceType, resourceName, resourcePatternType },
    ...{ principal: `User:${OPERATOR}`, host: '*', permissionType: AclPermissionTypes.ALLOW },
  });
  const { LITERAL, PREFIXED } = ResourcePatternTypes;
  await using admin = await openAdmin([broker.open]);
  await admin.createAcls({
    acl: [
      may(AclOperationTypes.WRITE, AclResourceTypes.TOPIC, 'dev.orders', LITERAL),
      may(AclOperationTypes.READ, AclResourceTypes.TOPIC, 'dev.orders.status', LITERAL),
      may(AclOperationTypes.READ, AclResourceTypes.GROUP, 'orderly-tail-', PREFIXED),
      may(AclOperationTypes.DELETE, AclResourceTypes.GROUP, 'orderly-tail-', PREFIXED),
    ],
  });
}

function urlOf(user: string, name: string): string {
  const url = new URL(postgres.url);
  url.username = user;
  url.pathname = `/${name}`;
  return url.toString();
}

const run = (
  [script = '', ...args]: readonly string[],
  otherwise: Readonly<Record<string, string>> = {},
): Promise<Ended> => runCommand(script, args, { ...stage, ...otherwise });

/** Creates a letter of the stage with a unique key. Returns both its id and key. */
async function keep(topic = 'dev.orders'): Promise<{ id: string; key: string }> {
  const key = randomUUID();
  return { key, id: await keepLetter(database, { topic, key: Buffer.from(key) }) };
}

async function groupIds(): Promise<string[]> {
  await using admin = await openAdmin([broker.open]);
  const { groups } = await admin.listGroups();
  return groups.map(({ groupId }) => groupId);
}

const keysOn = async (topic: string): Promise<(string | null)[]> =>
  (await readTopic(topic, [broker.open])).map(({ key }) => key);

describe('npm run dead-letters on a stage', () => {
  test('redrive authenticates with both servers and sends the record to the topic of the stage only, not to that of prod', async () => {
    const { id, key } = await keep();

    const redriven = await run(['dead-letters', 'redrive', id]);

    expect(redriven).toEqual({
      exitCode: 0,
      out: `Redrove 1 letter: ${id}\nKafka has acknowledged all of them.\n`,
      err: '',
    });
    expect(await keysOn('dev.orders')).toContain(key);
    expect(await keysOn('orders')).toEqual([]);
  });

  test.each([
    ['without a prefix', 'dev.orders', '', 'orders'],
    ['with the prefix of another stage', 'orders', 'dev.', 'dev.orders'],
  ])('redrive %s sends nothing, and leaves every letter open', async (_what, topic, prefix, wrong) => {
    const { id } = await keep(topic);
    const before = await keysOn(wrong);

    const { exitCode, err } = await run(['dead-letters', 'redrive', '--all'], { KAFKA_PREFIX: prefix });

    expect(exitCode).toBe(1);
    expect(err).toMatch(
      `Letter ${id} was on the topic ${topic}, and would be sent to ${wrong}: set KAFKA_PREFIX`,
    );
    expect(await letterState(database, id)).toBe('open');
    expect(await keysOn(wrong)).toEqual(before);
  });

  test('list shows the letters of the stage with the privileges of its functions', async () => {
    const { id } = await keep();

    const { out } = await run(['dead-letters', 'list', '--json']);

    expect(JSON.parse(out)).toMatchObject({ id, topic: 'dev.orders' });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: '' },
      /^PostgreSQL at \S+ cannot be used: There are no AWS credentials/,
    ],
    ['another secret', { DATABASE_SECRET_ARN: 'other' }, /cannot be used: The secret other cannot be read/],
    ['an unknown certificate authority', { NODE_EXTRA_CA_CERTS: '' }, /cannot be used: .*certificate/],
    ['no region', { AWS_REGION: '' }, /^The environment is not complete: AWS_REGION is missing/],
  ])('%s gives one line with the cause, and exit code 1', async (_what, otherwise, expected) => {
    const { exitCode, err } = await run(['dead-letters', 'list'], otherwise);

    expect(exitCode).toBe(1);
    expect(err).toMatch(expected);
    expect(err.trim().split('\n')).toHaveLength(1);
  });
});

describe('npm run tail on a stage', () => {
  test('authenticates with IAM and shows the topic with the full name', async () => {
    await using producer = createProducer({ brokers: [broker.open], clientId: 'test' });
    await producer.send('dev.orders.status', { key: 'order-1', value: { version: 1 } });

    const { exitCode, out } = await run(['tail', 'dev.orders.status', '--from', 'earliest', '--max', '1']);

    expect(exitCode).toBe(0);
    expect(out).toMatch(/ {2}dev\.orders\.status\/\d@0 {2}order-1 {2}\{"version":1\}\n$/);
    expect((await groupIds()).filter((id) => id.startsWith('orderly-tail'))).toEqual([]);
  });

  test('reports a failed authentication in one line with its cause', async () => {
    const { exitCode, err } = await run(['tail', 'dev.orders'], { AWS_ACCESS_KEY_ID: 'DENIED' });

    expect(exitCode).toBe(1);
    expect(err).toMatch(
      /^\S+ rejected the authentication \(.*\): check that the role allows kafka-cluster:Connect.*\n$/,
    );
  });
});
