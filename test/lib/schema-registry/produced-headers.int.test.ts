import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { topics } from '../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../local/kafka/ensure-topics.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { httpEvent } from '../../support/http-event.ts';
import { readTopic, testBrokers } from '../../support/kafka.ts';
import { aRecord, mskEvent } from '../../support/records.ts';
import { type RegistryServer, startRegistryServer } from '../../support/registry-server.ts';
import { startSecretsManager } from '../../support/secrets-manager.ts';

const CREATE = 'functions/http/create-order.ts';
const ID = Buffer.from([0, 0, 0, 0, 7]).toString();
const ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:schema-registry-AbCdEf';
/** A request waits for the look-up, which takes 500 ms at most, and then for Kafka, less than this on a busy machine. */
const LOOK_UP_MS = 500;
const KAFKA_MS = 4_000;

let prefix: string;
let database: TestDatabase;
let registry: RegistryServer;

beforeEach(async () => {
  prefix = `${crypto.randomUUID()}.`;
  [database, registry] = await Promise.all([freshDatabase(), startRegistryServer()]);
  const wanted = Object.entries(topics).map(([topic, settings]) => [prefix + topic, settings]);
  await ensureTopics(testBrokers(), Object.fromEntries(wanted));
});

afterEach(async () => {
  await Promise.all([database[Symbol.asyncDispose](), registry[Symbol.asyncDispose]()]);
});

const start = (environment: Readonly<Record<string, string>> = { SCHEMA_REGISTRY_URL: registry.url }) =>
  startHandlerProcess({
    KAFKA_BROKERS: testBrokers().join(),
    KAFKA_PREFIX: prefix,
    DATABASE_URL: database.url,
    ...environment,
  });

const anOrder = (id: string) =>
  httpEvent(
    'POST',
    '/api/orders',
    JSON.stringify({ order_id: id, customer_id: 'c', product_id: 'p', quantity: 1, price: 1 }),
  );

const create = (functions: HandlerProcess, id: string) => functions.invoke(CREATE, anOrder(id));

const headersOf = async (topic: string) =>
  (await readTopic(prefix + topic)).map(({ key, headers }) => [key, headers.__value_schema_id]);

test('records and status events carry the ids of their schemas, each looked up once', async () => {
  using functions = start();

  await create(functions, 'o-1');
  await create(functions, 'o-2');
  const [record] = await readTopic(`${prefix}orders`);
  const event = mskEvent([aRecord({ topic: `${prefix}orders`, value: Buffer.from(record?.value ?? '') })]);
  await functions.invoke('functions/kafka/process-orders.ts', event);

  expect(record?.value).toMatch(/^\{"order_id":"o-1",/);
  expect((await headersOf('orders')).sort()).toEqual([
    ['o-1', ID],
    ['o-2', ID],
  ]);
  expect(await headersOf('orders.status')).toEqual([['o-1', ID]]);
  expect(registry.received.map(({ url }) => url)).toEqual([
    `/subjects/${prefix}orders-order-record/versions/latest`,
    `/subjects/${prefix}orders.status-status-event/versions/latest`,
  ]);
});

test('without a registry, no record has the header, and nobody is asked', async () => {
  using functions = start({});

  await create(functions, 'o-1');

  expect(await headersOf('orders')).toEqual([['o-1', undefined]]);
  expect(registry.received).toEqual([]);
});

test('an order is accepted without the header while the registry hangs; only one request in 30 s waits, and the log has one warning', async () => {
  registry.answers(() => undefined);
  using functions = start();

  const first = await create(functions, 'o-1');
  const second = await create(functions, 'o-2');
  const askedMeanwhile = registry.received.length;
  registry.answers((response) => void response.end('{"id":7}'));
  functions.turnClock(31_000);
  const third = await create(functions, 'o-3');

  expect([first, second, third].map(({ answer }) => Object(answer).statusCode)).toEqual([202, 202, 202]);
  expect(first.ms).toBeGreaterThanOrEqual(LOOK_UP_MS);
  expect(first.ms).toBeLessThan(LOOK_UP_MS + KAFKA_MS);
  expect(askedMeanwhile).toBe(1);
  expect(first.pending).toEqual([]);
  expect((await headersOf('orders')).sort()).toEqual([
    ['o-1', undefined],
    ['o-2', undefined],
    ['o-3', ID],
  ]);
  expect(functions.output().match(/The id of a schema could not be looked up/g)).toHaveLength(1);
});

test('the key and the secret of the registry are in the header Authorization, and never in the log', async () => {
  await using secretsManager = await startSecretsManager();
  secretsManager.secrets.set(ARN, 'the-key:the-secret');
  const settings = {
    SCHEMA_REGISTRY_URL: registry.url,
    SCHEMA_REGISTRY_SECRET_ARN: ARN,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKID',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
  };
  using functions = start(settings);
  await create(functions, 'o-1');

  secretsManager.secrets.set(ARN, '{"key":"the-secret"}');
  using misconfigured = start(settings);
  const { answer } = await create(misconfigured, 'o-2');

  expect(registry.received.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from('the-key:the-secret').toString('base64')}`,
  ]);
  expect(Object(answer).statusCode).toBe(202);
  expect(misconfigured.output()).toContain('must be the key and the secret of the registry');
  expect(functions.output() + misconfigured.output()).not.toMatch(/the-secret|dGhlLXNlY3JldA/);
  expect((await headersOf('orders')).sort()).toEqual([
    ['o-1', ID],
    ['o-2', undefined],
  ]);
});
