import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfiguration } from '../../src/configuration/read-configuration.ts';
import { aService } from '../support/service.ts';

const serviceDir = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-'));
afterAll(() => rmSync(serviceDir, { recursive: true }));

const cluster = 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/00000000-0000-0000-0000-000000000000-1';
const serviceFile = (batchSize: number) => `service: shop
custom:
  serverless-offline-kafka:
    brokers: a:1
functions:
  work:
    events:
      - msk:
          arn: ${cluster}
          topic: orders
          batchSize: ${batchSize}
          maximumBatchingWindow: 0
  also:
    events:
      - kafka:
          bootstrapServers: [a.example.com:9092]
          topic: orders
          filterPatterns: [{}]
resources:
  extensions:
    WorkEventSourceMappingMSKOrdersOrders:
      Properties:
        MaximumRetryAttempts: 3
`;

/** The service as osls provides it. */
const written = (configurationFilename: string, text: string) => {
  writeFileSync(join(serviceDir, configurationFilename), text);
  const { functions, ...parts } = parse(text);
  const events = Object.fromEntries(
    Object.entries<{ events: [] }>(functions).map(([key, given]) => [key, given.events]),
  );
  return { service: aService(events, parts), serviceDir, configurationFilename };
};

test('all problems are reported together, each with its path and line', async () => {
  const error = await readConfiguration(written('serverless.yml', serviceFile(0.5)), {}, {}).catch(
    (thrown) => thrown,
  );

  expect(error.code).toBe('invalid_configuration');
  expect(error.message.split('\n')).toEqual([
    'The Kafka event sources cannot start:',
    '  - custom.serverless-offline-kafka.brokers (serverless.yml:4): there is no such setting',
    expect.stringMatching(/^ {2}- functions\.work\.events\.0\.msk\.batchSize \(serverless\.yml:11\): .*int/),
    expect.stringMatching(
      /^ {2}- functions\.also\.events\.0\.kafka\.filterPatterns\.0 \(serverless\.yml:18\): must be/,
    ),
  ]);
});

test('warnings have line numbers too', async () => {
  const text = serviceFile(5)
    .replace('brokers: a:1', 'bootstrapServers: a:1')
    .replace('[{}]', '[{ value: [a] }]');

  const { definitions, warnings } = await readConfiguration(written('other.yaml', text), {}, {});

  expect(definitions.map(({ topic, functionKey }) => `${topic} → ${functionKey}`)).toEqual([
    'orders → work',
    'orders → also',
  ]);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^functions\.work\.events\.0\.msk\.maximumBatchingWindow \(other\.yaml:12\): is dropped/,
    ),
    expect.stringMatching(
      /^resources\.extensions\.WorkEventSourceMappingMSKOrdersOrders\.Properties\.MaximumRetryAttempts \(other\.yaml:23\): HAS/,
    ),
  ]);
});

test.each([
  ['in another language', { configurationFilename: 'serverless.ts' }],
  ['that cannot be read', { configurationFilename: 'gone.yml' }],
])('a service file %s has no line numbers, and only paths are reported', async (_, file) => {
  const given = { ...written('serverless.yml', serviceFile(0)), ...file };

  await expect(readConfiguration(given, {}, {})).rejects.toThrow(
    'functions.work.events.0.msk.batchSize: Too small',
  );
});

test('the command line and the environment are read', async () => {
  const text = serviceFile(5)
    .replace('brokers: a:1', 'sqsEndpoint: http://localhost:9324')
    .replace('[{}]', '[{ value: [a] }]');
  const given = written('serverless.yml', text);

  const typed = await readConfiguration(
    given,
    { kafkaBootstrapServers: 'cli:1' },
    { KAFKA_BROKERS: 'env:1' },
  );
  const plain = await readConfiguration(given, {}, { KAFKA_BROKERS: 'env:1' });

  expect(typed.definitions.map(({ cluster: { bootstrapServers } }) => bootstrapServers)).toEqual([
    'cli:1',
    'cli:1',
  ]);
  expect(plain.definitions.map(({ cluster: { bootstrapServers } }) => bootstrapServers)).toEqual([
    'env:1',
    'env:1',
  ]);
  expect(plain.sqsEndpoint).toBe('http://localhost:9324');
});

test('a service without Kafka events has no mappings', async () => {
  const given = { service: aService({ work: [{}] }), serviceDir };

  expect(await readConfiguration(given, {}, {})).toEqual({
    definitions: [],
    warnings: [],
    notices: [],
  });
});
