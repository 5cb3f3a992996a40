import { describe, expect, test } from '@jest/globals';
import type { FunctionEvent } from '../../src/serverless.ts';
import { aKafkaEvent, anMskEvent, LOGICAL_ID, only, read, readExtended } from '../support/configuration.ts';
import { aService, CLUSTER_ARN } from '../support/service.ts';

const KAFKA_ID = 'WorkEventSourceMappingKafkaOrders';
const everything = {
  batchSize: 7,
  maximumBatchingWindow: 2,
  enabled: false,
  startingPosition: 'AT_TIMESTAMP',
  startingPositionTimestamp: 1_700_000_000,
  consumerGroupId: 'workers',
  filterPatterns: [{ value: { a: [1] } }, { value: ['x'] }],
  provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 3 },
};
describe('a definition', () => {
  test('of a minimal event has the defaults of Lambda, and TRIM_HORIZON from osls', () => {
    const { definitions, problems, warnings } = read(aService({ work: [anMskEvent()] }));

    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(definitions).toEqual([
      {
        logicalId: LOGICAL_ID,
        functionKey: 'work',
        topic: 'orders',
        eventSourceArn: CLUSTER_ARN,
        consumerGroupId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        batchSize: 100,
        batchingWindowMs: 500,
        startingPosition: { type: 'TRIM_HORIZON' },
        filters: [],
        filterMismatch: 'pass',
        failures: {
          maximumRetries: Number.POSITIVE_INFINITY,
          maximumRecordAgeMs: Number.POSITIVE_INFINITY,
          bisects: false,
          reportsItemFailures: false,
          partialResponse: 'reported',
          backoff: { initialMs: 200, maximumMs: 30_000 },
        },
        batches: 'per-partition',
        nullFields: 'omit',
        cluster: { bootstrapServers: 'localhost:9092', security: {}, sessionTimeoutMs: 6_000 },
      },
    ]);
  });

  test('has the settings of the event', () => {
    const definition = only(read(aService({ work: [anMskEvent({ ...everything, enabled: true })] })));

    expect(definition).toMatchObject({
      batchSize: 7,
      batchingWindowMs: 2_000,
      consumerGroupId: 'workers',
      startingPosition: { type: 'AT_TIMESTAMP', timestampMs: 1_700_000_000_000 },
      filters: [{ shape: 'json' }, { shape: 'text' }],
    });
  });

  test('has the settings of an extension, where the window can be 0', () => {
    const definition = only(
      readExtended({
        BatchSize: 3,
        MaximumBatchingWindowInSeconds: 0,
        StartingPosition: 'LATEST',
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'extended' },
      }),
    );

    expect(definition).toMatchObject({
      batchSize: 3,
      batchingWindowMs: 0,
      startingPosition: { type: 'LATEST' },
      consumerGroupId: 'extended',
    });
  });

  test('has no ARN if the cluster is self-managed', () => {
    const definition = only(read(aService({ work: [aKafkaEvent()] })));

    expect(definition).toMatchObject({ logicalId: KAFKA_ID, topic: 'orders' });
    expect(definition).not.toHaveProperty('eventSourceArn');
  });

  test.each([
    ['event', read(aService({ work: [anMskEvent({ enabled: false })] }))],
    ['extension', readExtended({ Enabled: false })],
  ])(
    'is absent for a mapping that its %s disables, which is still validated',
    (_, { definitions, problems }) => {
      expect({ definitions, problems }).toEqual({ definitions: [], problems: [] });
      expect(readExtended({ Enabled: false, BatchSize: 0 }).problems).toHaveLength(1);
    },
  );

  test('exists for each mapping of a function, and for several functions with one topic', () => {
    const { definitions, problems } = read(
      aService({
        work: [anMskEvent(), anMskEvent({ topic: 'other' }), aKafkaEvent()],
        also: [anMskEvent(), { http: 'GET /' } as FunctionEvent],
      }),
    );

    expect(problems).toEqual([]);
    expect(definitions.map(({ functionKey, topic }) => [functionKey, topic])).toEqual([
      ['work', 'orders'],
      ['work', 'other'],
      ['work', 'orders'],
      ['also', 'orders'],
    ]);
    expect(new Set(definitions.map(({ consumerGroupId }) => consumerGroupId)).size).toBe(4);
  });
});

describe('a setting that osls drops from an event', () => {
  test('is a warning with a remedy: a window of 0', () => {
    const { definitions, warnings } = read(aService({ work: [anMskEvent({ maximumBatchingWindow: 0 })] }));

    expect(definitions).toEqual([expect.objectContaining({ batchingWindowMs: 500 })]);
    expect(warnings).toEqual([
      'functions.work.events.0.msk.maximumBatchingWindow: is dropped when the service is packaged, so the window is ' +
        `500 ms; set MaximumBatchingWindowInSeconds in resources.extensions.${LOGICAL_ID}.Properties`,
    ]);
  });

  test('is a warning with a remedy: a group of pollers', () => {
    const { warnings } = read(
      aService({
        work: [anMskEvent({ provisionedPollerConfig: { minimumPollers: 1, pollerGroupName: 'a' } })],
      }),
    );

    expect(warnings).toEqual([
      expect.stringMatching(
        /^functions.work.events.0.msk.provisionedPollerConfig.pollerGroupName: is dropped/,
      ),
    ]);
  });

  test('is no warning if an extension sets it', () => {
    expect(
      readExtended({ MaximumBatchingWindowInSeconds: 0 }, {}, { maximumBatchingWindow: 0 }).warnings,
    ).toEqual([]);
  });
});

describe('a problem starts with the path of the setting', () => {
  test.each<[string, FunctionEvent]>([
    ['msk.batchSize', anMskEvent({ batchSize: 0 })],
    ['msk.topic', anMskEvent({ topic: '' })],
    ['msk.arn', anMskEvent({ arn: 'arn:missing' })],
    ['msk.maximumBatchingWindow', anMskEvent({ maximumBatchingWindow: 301 })],
    ['msk.consumerGroupId', anMskEvent({ consumerGroupId: 'a b' })],
    ['msk.filterPatterns.1', anMskEvent({ filterPatterns: [{ value: ['a'] }, { key: ['a'] }] })],
    [
      'msk.provisionedPollerConfig.minimumPollers',
      anMskEvent({ provisionedPollerConfig: { minimumPollers: 201 } }),
    ],
    ['msk.startingPositionTimestamp', anMskEvent({ startingPosition: 'AT_TIMESTAMP' })],
    ['msk.batchsize', anMskEvent({ batchsize: 1 })],
    ['msk.arn', anMskEvent({ arn: { 'Fn::GetAtt': ['Cluster', 'Arn'] } })],
    ['kafka.bootstrapServers.1', aKafkaEvent({ bootstrapServers: ['a.example.com:9092', 'b'] })],
    ['kafka.onFailureDestination', aKafkaEvent({ onFailureDestination: 'dead' })],
    ['kafka.accessConfigurations.saslPlain', aKafkaEvent({ accessConfigurations: { saslPlain: ['a'] } })],
  ])('in an event: %s', (setting, event) => {
    const { definitions, problems } = read(aService({ work: [{}, event] }));

    expect(definitions).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`functions.work.events.1.${setting}: `)]);
  });

  test('in an extension, and in the event for other settings', () => {
    const { problems } = readExtended({ BatchSize: 0 }, {}, { maximumBatchingWindow: 301 });

    expect(problems).toEqual([
      expect.stringContaining(`resources.extensions.${LOGICAL_ID}.Properties.BatchSize: `),
      expect.stringContaining('functions.work.events.0.msk.maximumBatchingWindow: '),
    ]);
  });
});

test('a problem with a setting of a resource with the same logical id has the path of the resource', () => {
  const Properties = { FilterCriteria: { Filters: [{ Pattern: '{"key":["a"]}' }] } };
  const Resources = { [LOGICAL_ID]: { Type: 'AWS::Lambda::EventSourceMapping', Properties } };
  const event = anMskEvent({ filterPatterns: [{ value: ['a'] }, { key: ['b'] }] });

  const { problems } = read(aService({ work: [event] }, { resources: { Resources } }));

  expect(problems).toEqual([
    expect.stringContaining(
      `resources.Resources.${LOGICAL_ID}.Properties.FilterCriteria.Filters.0.Pattern: `,
    ),
    expect.stringContaining('functions.work.events.0.msk.filterPatterns.1: '),
  ]);
});

describe('extensions', () => {
  test('of other resources are ignored', () => {
    const extensions = { WorkLambdaFunction: { Properties: { MemorySize: 1 } }, Table: { DependsOn: ['a'] } };

    expect(only(read(aService({ work: [anMskEvent()] }, { resources: { extensions } }))).batchSize).toBe(100);
  });

  test('of a missing mapping are a problem', () => {
    const id = 'WorkEventSourceMappingMSKOrdersOther';
    const service = aService({ work: [anMskEvent()] }, { resources: { extensions: { [id]: {} } } });

    expect(read(service).problems).toEqual([
      `resources.extensions.${id}: there is no event with this logical id`,
    ]);
  });
});

describe('conflicting mappings', () => {
  test('are two events with one logical id, because one would overwrite the other in a deployment', () => {
    const { problems } = read(
      aService({ work: [aKafkaEvent({ topic: 'a.b' }), aKafkaEvent({ topic: 'a-b' })] }),
    );

    expect(problems).toContainEqual(
      expect.stringMatching(
        /^functions.work.events.1.kafka.topic: another event has the same logical id, WorkEvent/,
      ),
    );
  });

  test('are two mappings with one consumer group', () => {
    const event = anMskEvent({ consumerGroupId: 'workers' });

    expect(read(aService({ work: [event], also: [event] })).problems).toEqual([
      expect.stringMatching(
        /^functions.also.events.0.msk.consumerGroupId: workers is also the consumer group of Work/,
      ),
    ]);
  });
});
