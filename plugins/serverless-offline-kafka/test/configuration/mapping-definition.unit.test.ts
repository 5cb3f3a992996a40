import { describe, expect, test } from '@jest/globals';
import { readMappingDefinitions } from '../../src/configuration/mapping-definition.ts';
import { passesFilters } from '../../src/filter/record-filter.ts';
import type { MskEvent } from '../../src/serverless.ts';
import { aService, CLUSTER_ARN } from '../support/service.ts';

const LOGICAL_ID = 'WorkEventSourceMappingMSKOrdersOrders';

const anMskEvent = (parts: Partial<MskEvent> = {}): { msk: MskEvent } => ({
  msk: { arn: CLUSTER_ARN, topic: 'orders', ...parts },
});

const extended = (Properties: Record<string, unknown>, event = anMskEvent()) =>
  readMappingDefinitions(
    aService({ work: [event] }, { resources: { extensions: { [LOGICAL_ID]: { Properties } } } }),
  );

const withPatterns = (...filterPatterns: unknown[]) =>
  readMappingDefinitions(aService({ work: [anMskEvent({ filterPatterns })] }));

describe('an event that sets nothing', () => {
  test('gets the defaults of Lambda, and TRIM_HORIZON from osls', () => {
    const { definitions, problems, warnings } = readMappingDefinitions(aService({ work: [anMskEvent()] }));

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
      },
    ]);
  });

  test('has no ARN when it is of a self-managed cluster', () => {
    const [definition] = readMappingDefinitions(
      aService({ work: [{ kafka: { topic: 'orders' } }] }),
    ).definitions;

    expect(definition).toMatchObject({ logicalId: 'WorkEventSourceMappingKafkaOrders', topic: 'orders' });
    expect(definition).not.toHaveProperty('eventSourceArn');
  });
});

describe('what an event sets', () => {
  test('is read', () => {
    const event = anMskEvent({
      batchSize: 7,
      maximumBatchingWindow: 2,
      consumerGroupId: 'workers',
      startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: 1_700_000_000,
    });

    const { definitions } = readMappingDefinitions(aService({ work: [event] }));

    expect(definitions).toEqual([
      expect.objectContaining({
        batchSize: 7,
        batchingWindowMs: 2_000,
        consumerGroupId: 'workers',
        startingPosition: { type: 'AT_TIMESTAMP', timestampMs: 1_700_000_000_000 },
      }),
    ]);
  });

  test('counts no mapping that is disabled', () => {
    const { definitions } = readMappingDefinitions(aService({ work: [anMskEvent({ enabled: false })] }));

    expect(definitions).toEqual([]);
  });

  test('keeps the default window for a window of 0, as osls does, and warns', () => {
    const { definitions, warnings } = readMappingDefinitions(
      aService({ work: [anMskEvent({ maximumBatchingWindow: 0 })] }),
    );

    expect(definitions).toEqual([expect.objectContaining({ batchingWindowMs: 500 })]);
    expect(warnings).toEqual([expect.stringContaining('maximumBatchingWindow 0')]);
  });

  test('gives a reference instead of an ARN a stand-in of the right form', () => {
    const { definitions } = readMappingDefinitions(
      aService({ work: [anMskEvent({ arn: { Ref: 'Cluster' } })] }),
    );

    expect(definitions).toEqual([
      expect.objectContaining({
        logicalId: 'WorkEventSourceMappingMSKClusterOrders',
        eventSourceArn: expect.stringMatching(/^arn:aws:kafka:eu-west-1:\d{12}:cluster\//),
      }),
    ]);
  });
});

describe('resources.extensions', () => {
  test('are laid over the event', () => {
    const { definitions, problems, warnings } = extended({
      BatchSize: 3,
      MaximumBatchingWindowInSeconds: 0,
      StartingPosition: 'LATEST',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'extended' },
    });

    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(definitions).toEqual([
      expect.objectContaining({
        batchSize: 3,
        batchingWindowMs: 0,
        startingPosition: { type: 'LATEST' },
        consumerGroupId: 'extended',
      }),
    ]);
  });

  test('can disable a mapping', () => {
    expect(extended({ Enabled: false }).definitions).toEqual([]);
  });

  test('of other resources are nobody’s business here', () => {
    const service = aService(
      { work: [anMskEvent()] },
      { resources: { extensions: { WorkLambdaFunction: { Properties: { MemorySize: 1 } } } } },
    );

    expect(readMappingDefinitions(service)).toMatchObject({ problems: [], definitions: [{}] });
  });

  test('of a mapping that does not exist are a problem', () => {
    const id = 'WorkEventSourceMappingMSKOrdersOther';
    const service = aService({ work: [anMskEvent()] }, { resources: { extensions: { [id]: {} } } });

    expect(readMappingDefinitions(service).problems).toEqual([expect.stringContaining(id)]);
  });
});

describe('filter patterns', () => {
  test.each([
    ['of an event', () => withPatterns({ value: { a: [1] } }, { value: { b: [2] } })],
    [
      'of FilterCriteria',
      () =>
        extended({
          FilterCriteria: {
            Filters: [{ Pattern: '{"value":{"a":[1]}}' }, { Pattern: '{"value":{"b":[2]}}' }],
          },
        }),
    ],
  ])('%s are read, and one of them is enough', (_, read) => {
    const { definitions, problems } = read();
    const filters = definitions[0]?.filters ?? [];

    expect(problems).toEqual([]);
    expect(
      ['{"a":1}', '{"b":2}', '{"c":3}'].map((value) => passesFilters(filters, Buffer.from(value))),
    ).toEqual([true, true, false]);
  });

  test('that Lambda would not take are problems, each with its place', () => {
    const { definitions, problems } = withPatterns(
      { value: { status: 'PROCESSING' } },
      { value: { status: [{ sufix: 'ED' }], amount: [] } },
      { key: ['order-1'] },
    );

    const place = `function work (${LOGICAL_ID}): FilterCriteria.Filters`;
    expect(definitions).toEqual([]);
    expect(problems).toEqual([
      `${place}.0.Pattern: value.status: must be a list of alternatives, such as ["PROCESSING"]`,
      expect.stringMatching(
        /Filters\.1\.Pattern: value\.status\.0: unknown operator sufix; there are prefix, /,
      ),
      `${place}.1.Pattern: value.amount: an empty list matches nothing`,
      expect.stringContaining('Filters.2.Pattern: must be JSON with one field, value'),
    ]);
  });
});

describe('what cannot be emulated', () => {
  test.each([
    ['a partial batch response', () => extended({ FunctionResponseTypes: ['ReportBatchItemFailures'] })],
    [
      'a schema registry',
      () => extended({ AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: {} } }),
    ],
  ])('is a problem if records would go where they do not belong: %s', (_, read) => {
    const { definitions, problems } = read();

    expect(definitions).toEqual([]);
    expect(problems).toEqual([expect.stringContaining('not emulated yet')]);
  });

  test('is one warning per mapping if it would only drop or move what is retried here', () => {
    const { problems, warnings } = extended({
      MaximumRetryAttempts: 3,
      DestinationConfig: { OnFailure: { Destination: 'kafka://dead' } },
    });

    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/DestinationConfig, MaximumRetryAttempts/)]);
  });
});

describe('problems', () => {
  test('are listed together, each with its function, mapping and property', () => {
    const { problems } = extended({ BatchSize: 0, Batchsize: 5, StartingPosition: 'AT_TIMESTAMP' });

    expect(problems).toEqual([
      expect.stringMatching(/^function work \(WorkEventSourceMappingMSKOrdersOrders\): BatchSize: /),
      expect.stringContaining('Batchsize'),
      expect.stringContaining('StartingPositionTimestamp: required'),
    ]);
  });

  test('include two events that would overwrite each other in a deployment', () => {
    const service = aService({ work: [{ kafka: { topic: 'a.b' } }, { kafka: { topic: 'a-b' } }] });

    expect(readMappingDefinitions(service).problems).toContainEqual(
      expect.stringContaining('WorkEventSourceMappingKafkaAb: two events'),
    );
  });

  test('include a consumer group that two mappings would share', () => {
    const event = anMskEvent({ consumerGroupId: 'workers' });

    const { problems } = readMappingDefinitions(aService({ work: [event], also: [event] }));

    expect(problems).toEqual([expect.stringContaining('consumer group workers')]);
  });
});
