import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import * as z from 'zod';
import { topics } from '../../../lib/kafka/topics/topics.ts';
import { registeredSchemas, subjectOf } from '../../../lib/schema-registry/registered-schemas.ts';
import { emptyDatabase, queryOnce } from '../../support/database.ts';
import { CERTIFICATES } from '../../support/iam/iam-broker.ts';
import { startTlsPostgres } from '../../support/iam/tls-postgres.ts';
import { recordLines } from '../../support/log-record/log-record.ts';
import { ownServers } from '../../support/own-servers.ts';
import { packaged } from '../../support/packaged-templates.ts';
import { startRegistryServer } from '../../support/registry-server.ts';
import { startSecretsManager } from '../../support/secrets-manager.ts';
import type { ServiceCopy } from '../../support/service-copy.ts';

const PACKAGING_MS = 120_000;

const MIGRATE = 'functions/setup/migrate.js';

let service: ServiceCopy;
/** The zips are unpacked here, outside every package.json and node_modules. */
const taskRoot = mkdtempSync(join(tmpdir(), 'orderly-task-'));

beforeAll(async () => {
  service = (await packaged('setup')).service;
}, PACKAGING_MS);

afterAll(() => rmSync(taskRoot, { recursive: true, force: true }));

/** Invokes a function as Lambda does: in a new process that loads the handler from the unpacked zip. */
async function invoke(
  functionName: 'createTopics' | 'migrate' | 'registerSchemas',
  file: string,
  event: unknown,
  env: Record<string, string>,
): Promise<unknown> {
  const task = join(taskRoot, functionName);
  for (const [name, contents] of Object.entries(unzipSync(service.packaged(`${functionName}.zip`)))) {
    mkdirSync(dirname(join(task, name)), { recursive: true });
    writeFileSync(join(task, name), contents);
  }
  const program = `require('./${file}').handler(${JSON.stringify(event)}, {awsRequestId: 'r'}).then(
    (answer) => console.log('\\nANSWER ' + JSON.stringify(answer)),
    (error) => console.log('\\nANSWER ' + JSON.stringify({ errorMessage: error.message })))`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', program], {
    cwd: task,
    env: {
      STAGE: 'dev',
      AUTH: 'none',
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      ...env,
    },
  });
  const lines = stdout.split('\n');
  const isAnswer = (line: string): boolean => line.startsWith('ANSWER ');
  recordLines('fresh-process', [...lines.filter((line) => !isAnswer(line)), stderr].join('\n'));
  return JSON.parse(lines.find(isAnswer)?.slice(7) ?? 'null');
}

describe('the packaged migrate', () => {
  test('migrates an empty database, and finds nothing to do the second time', async () => {
    const DATABASE_URL = await emptyDatabase();

    const event = { role: 'orderly_app' };

    const first = await invoke('migrate', MIGRATE, event, { DATABASE_URL });
    const second = await invoke('migrate', MIGRATE, event, { DATABASE_URL });

    const files = await queryOnce(DATABASE_URL, 'SELECT name FROM migrations ORDER BY name');
    const names = files.map(({ name }) => name);
    expect(first).toEqual({ applied: names, version: names.at(-1) });
    expect(second).toEqual({ applied: [], version: names.at(-1) });
    expect(names).toContain('0001_orders.sql');
    expect(
      await queryOnce(DATABASE_URL, "SELECT has_table_privilege('orderly_app', 'orders', 'INSERT')"),
    ).toEqual([{ has_table_privilege: true }]);
  });
});

describe('the packaged migrate with secrets', () => {
  const admin = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:admin-AbCdEf';
  const application = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:application-AbCdEf';
  const passwords: Readonly<Record<string, string>> = {
    [admin]: 'of the admin',
    [application]: 'of the functions',
  };

  test('logs in over TLS with one password, creates the database, and a role with the other password', async () => {
    await using postgres = await startTlsPostgres();
    await postgres.setPassword('of the admin');
    await using secretsManager = await startSecretsManager();
    for (const [arn, password] of Object.entries(passwords)) {
      secretsManager.secrets.set(arn, JSON.stringify({ username: 'ignored', password }));
    }
    const asSuperuser = new URL(postgres.url);
    asSuperuser.username = 'postgres';
    await queryOnce(asSuperuser.toString(), 'ALTER ROLE orderly_app CREATEROLE CREATEDB');
    const own = new URL(postgres.url);
    own.pathname = '/orderly_pr_1';

    const migrated = await invoke(
      'migrate',
      MIGRATE,
      { role: 'functions', secret_arn: application },
      {
        DATABASE_URL: own.toString(),
        DATABASE_AUTH: 'secret',
        DATABASE_SECRET_ARN: admin,
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
        NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem'),
      },
    );

    expect(migrated).toMatchObject({ applied: expect.arrayContaining(['0001_orders.sql']) });
    asSuperuser.pathname = '/orderly_pr_1';
    const [role] = await queryOnce(
      asSuperuser.toString(),
      "SELECT rolcanlogin AS login, left(rolpassword, 13) AS kept, has_table_privilege('functions', 'orders', 'SELECT') AS reads FROM pg_authid WHERE rolname = 'functions'",
    );
    expect(role).toEqual({ login: true, kept: 'SCRAM-SHA-256', reads: true });
  });
});

describe('the packaged createTopics', () => {
  test('creates the topics under the prefix of the stage, and rejects a single broker outside test stages', async () => {
    await using servers = ownServers();
    const { port } = await servers.startKafka();
    const env = { KAFKA_BROKERS: `127.0.0.1:${port}`, KAFKA_PREFIX: 'dev.' };
    const file = 'functions/setup/create-topics.js';

    const created = await invoke('createTopics', file, { test: true }, env);
    const rejected = await invoke('createTopics', file, {}, env);

    expect(created).toMatchObject({ created: Object.keys(topics).map((topic) => `dev.${topic}`) });
    expect(rejected).toEqual({
      errorMessage: expect.stringContaining('Topic dev.orders has 1 of 3 replicas'),
    });
  });
});

describe('the packaged registerSchemas', () => {
  const file = 'functions/setup/register-schemas.js';

  test('sends each schema under the prefix of the stage, and then the compatibility of its subject', async () => {
    await using registry = await startRegistryServer();
    const env = { SCHEMA_REGISTRY_URL: registry.url, KAFKA_PREFIX: 'dev.' };

    const registered = await invoke('registerSchemas', file, {}, env);

    const subjects = registeredSchemas.map((schema) => subjectOf(schema, 'dev.'));
    expect(registered).toEqual({ subjects });
    expect(registry.received.map(({ method, url }) => `${method} ${url}`)).toEqual(
      subjects.flatMap((subject) => [`POST /subjects/${subject}/versions`, `PUT /config/${subject}`]),
    );
  });

  test('fails with the URL and the reason if the registry refuses a schema', async () => {
    await using registry = await startRegistryServer();
    registry.answers((response) => void response.writeHead(409).end('{"message":"incompatible"}'));

    const refused = await invoke('registerSchemas', file, {}, { SCHEMA_REGISTRY_URL: registry.url });

    expect(refused).toEqual({
      errorMessage: `POST ${registry.url}/subjects/orders-order-record/versions at the schema registry failed: status 409: {"message":"incompatible"}.`,
    });
  });
});

const statementSchema = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.array(z.string()),
  Resource: z.unknown(),
});
const roleSchema = z.object({
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statementSchema) }) })),
});

describe('the roles of the setup', () => {
  const statementsOf = (role: string) =>
    roleSchema
      .parse(service.resources()[role]?.Properties)
      .Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const beyondVpcAndLogs = (role: string) =>
    statementsOf(role).filter(({ Action }) => !Action.every((action) => /^(ec2|logs):/.test(action)));

  test('allow createTopics to create and describe its topics on its cluster, and nothing else', () => {
    const topicArn =
      'arn:aws:kafka:eu-west-1:000000000000:topic/example/11111111-0000-0000-0000-000000000000-1';

    expect(beyondVpcAndLogs('CreateTopicsRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['kafka-cluster:Connect'],
        Resource:
          'arn:aws:kafka:eu-west-1:000000000000:cluster/example/11111111-0000-0000-0000-000000000000-1',
      },
      {
        Effect: 'Allow',
        Action: [
          'kafka-cluster:CreateTopic',
          'kafka-cluster:DescribeTopic',
          'kafka-cluster:DescribeTopicDynamicConfiguration',
        ],
        Resource: Object.keys(topics).map((topic) => `${topicArn}/dev.${topic}`),
      },
    ]);
  });

  test('allow migrate to read its secret, and nothing else', () => {
    expect(beyondVpcAndLogs('MigrateRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue'],
        Resource: ['arn:aws:secretsmanager:eu-west-1:000000000000:secret:example-AbCdEf'],
      },
    ]);
  });

  test('allow registerSchemas nothing if the registry has no secret', () => {
    expect(beyondVpcAndLogs('RegisterSchemasRole')).toEqual([]);
  });

  test('contain "*" only where AWS has no narrower resource', () => {
    for (const role of ['CreateTopicsRole', 'MigrateRole', 'RegisterSchemasRole']) {
      const wide = statementsOf(role).filter(({ Resource }) => JSON.stringify(Resource).includes('"*"'));

      expect(wide.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('ec2:'))).toEqual([]);
    }
  });
});
