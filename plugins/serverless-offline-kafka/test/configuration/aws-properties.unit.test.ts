import { CreateEventSourceMappingRequest$, SourceAccessType } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { LOGICAL_ID, only, read, readExtended } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

type Properties = Readonly<Record<string, unknown>>;

/** A structure of the SDK: the names and schemas of its members. */
const structure = z.tuple(
  [z.literal(3), z.unknown(), z.unknown(), z.unknown(), z.array(z.string()), z.array(z.unknown())],
  z.unknown(),
);
const list = z.tuple([z.literal(1), z.unknown(), z.unknown(), z.unknown(), z.unknown()], z.unknown());

/** Properties with another name in CloudFormation. */
const renamed: Readonly<Record<string, string>> = {
  KMSKeyArn: 'KmsKeyArn',
  'SelfManagedEventSource.Endpoints': 'SelfManagedEventSource.Endpoints.KafkaBootstrapServers',
};

/** Returns every property of Lambda's API in the installed SDK, such as `FilterCriteria.Filters.Pattern`. */
function propertiesOf(schema: unknown, path: readonly string[] = []): string[] {
  const resolved: unknown = typeof schema === 'function' ? schema() : schema;
  const members = structure.safeParse(resolved);
  if (members.success) {
    const [, , , , names, schemas] = members.data;
    return names.flatMap((name, index) => propertiesOf(schemas[index], [...path, name]));
  }
  const items = list.safeParse(resolved);
  if (items.success) {
    return propertiesOf(items.data[4], path);
  }
  const name = path.join('.');
  return [renamed[name] ?? name];
}

const PROVISIONED = { ProvisionedPollerConfig: { MinimumPollers: 1 } };
const registry = (given: Properties): Properties => ({
  AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: given },
});
const registryOf = (given: Properties): Properties => ({
  SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig: given },
});
const REGISTRY = 'a schema registry is not supported locally';
const NOT_KAFKA = 'does not apply to a Kafka mapping';

interface Honoured {
  readonly treatment: 'honoured';
  readonly given: Properties;
  readonly definition: Properties;
  readonly isSelfManaged?: true;
}

interface Ignored {
  readonly treatment: 'ignored';
  readonly given: Properties;
  /** Its name in the notice. */
  readonly as: string;
  readonly isSelfManaged?: true;
}

interface Rejected {
  readonly treatment: 'rejected';
  readonly given: Properties;
  readonly reason: string;
  readonly isSelfManaged?: true;
}

const honoured = (given: Properties, definition: Properties): Honoured => ({
  treatment: 'honoured',
  given,
  definition,
});
const ignored = (given: Properties, as: string): Ignored => ({ treatment: 'ignored', given, as });
const rejected = (given: Properties, reason: string): Rejected => ({ treatment: 'rejected', given, reason });
const selfManaged = <Treatment extends object>(treatment: Treatment) => ({
  ...treatment,
  isSelfManaged: true as const,
});

/** The treatment of each property. If the SDK has a new property, a test fails. */
const treatments: Readonly<Record<string, Honoured | Ignored | Rejected>> = {
  FunctionName: honoured({ FunctionName: 'shop-dev-also' }, { functionKey: 'also' }),
  EventSourceArn: honoured(
    { EventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/other/1' },
    { eventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/other/1' },
  ),
  Enabled: honoured({ Enabled: true }, {}),
  BatchSize: honoured({ BatchSize: 7 }, { batchSize: 7 }),
  'FilterCriteria.Filters.Pattern': honoured(
    { FilterCriteria: { Filters: [{ Pattern: '{"value":["a"]}' }] } },
    { filters: [{ shape: 'text' }] },
  ),
  KmsKeyArn: ignored({ KmsKeyArn: 'arn:aws:kms:…' }, 'KmsKeyArn'),
  'MetricsConfig.Metrics': ignored({ MetricsConfig: { Metrics: ['EventCount'] } }, 'MetricsConfig'),
  'LoggingConfig.SystemLogLevel': ignored(
    { ...PROVISIONED, LoggingConfig: { SystemLogLevel: 'INFO' } },
    'LoggingConfig',
  ),
  'ScalingConfig.MaximumConcurrency': rejected({ ScalingConfig: { MaximumConcurrency: 2 } }, NOT_KAFKA),
  MaximumBatchingWindowInSeconds: honoured(
    { MaximumBatchingWindowInSeconds: 3 },
    { batchingWindowMs: 3_000 },
  ),
  ParallelizationFactor: rejected({ ParallelizationFactor: 2 }, NOT_KAFKA),
  StartingPosition: honoured({ StartingPosition: 'LATEST' }, { startingPosition: { type: 'LATEST' } }),
  StartingPositionTimestamp: honoured(
    { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 5 },
    { startingPosition: { type: 'AT_TIMESTAMP', timestampMs: 5_000 } },
  ),
  'DestinationConfig.OnSuccess.Destination': rejected(
    { DestinationConfig: { OnSuccess: { Destination: 'kafka://a1' } } },
    NOT_KAFKA,
  ),
  'DestinationConfig.OnFailure.Destination': honoured(
    { ...PROVISIONED, DestinationConfig: { OnFailure: { Destination: 'kafka://dead' } } },
    { destination: { type: 'kafka', topic: 'dead' } },
  ),
  MaximumRecordAgeInSeconds: honoured(
    { ...PROVISIONED, MaximumRecordAgeInSeconds: 60 },
    { failures: { maximumRecordAgeMs: 60_000 } },
  ),
  BisectBatchOnFunctionError: honoured(
    { ...PROVISIONED, BisectBatchOnFunctionError: true },
    { failures: { bisects: true } },
  ),
  MaximumRetryAttempts: honoured(
    { ...PROVISIONED, MaximumRetryAttempts: 2 },
    { failures: { maximumRetries: 2 } },
  ),
  Tags: ignored({ Tags: [{ Key: 'a', Value: 'b' }] }, 'Tags'),
  TumblingWindowInSeconds: rejected({ TumblingWindowInSeconds: 1 }, NOT_KAFKA),
  Topics: honoured({ Topics: ['other'] }, { topic: 'other' }),
  Queues: rejected({ Queues: ['a'] }, NOT_KAFKA),
  'SourceAccessConfigurations.Type': selfManaged(
    ignored({ SourceAccessConfigurations: [{ Type: 'IAM_AUTH' }] }, 'IAM_AUTH'),
  ),
  'SourceAccessConfigurations.URI': selfManaged(
    ignored({ SourceAccessConfigurations: [{ Type: 'VPC_SUBNET', URI: 'subnet:subnet-1' }] }, 'VPC_SUBNET'),
  ),
  'SelfManagedEventSource.Endpoints.KafkaBootstrapServers': selfManaged(
    honoured(
      { SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['localhost:1'] } } },
      { cluster: { bootstrapServers: 'localhost:1' } },
    ),
  ),
  FunctionResponseTypes: honoured(
    { ...PROVISIONED, FunctionResponseTypes: ['ReportBatchItemFailures'] },
    { failures: { reportsItemFailures: true } },
  ),
  'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId': honoured(
    { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'a' } },
    { consumerGroupId: 'a' },
  ),
  'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaRegistryURI': rejected(
    registry({ SchemaRegistryURI: 'https://registry.example.com' }),
    REGISTRY,
  ),
  'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.EventRecordFormat': rejected(
    registry({ EventRecordFormat: 'JSON' }),
    REGISTRY,
  ),
  'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs.Type': rejected(
    registry({ AccessConfigs: [{ Type: 'BASIC_AUTH' }] }),
    REGISTRY,
  ),
  'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs.URI': rejected(
    registry({ AccessConfigs: [{ URI: 'arn:aws:secretsmanager:…' }] }),
    REGISTRY,
  ),
  'AmazonManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaValidationConfigs.Attribute': rejected(
    registry({ SchemaValidationConfigs: [{ Attribute: 'VALUE' }] }),
    REGISTRY,
  ),
  'SelfManagedKafkaEventSourceConfig.ConsumerGroupId': selfManaged(
    honoured({ SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'a' } }, { consumerGroupId: 'a' }),
  ),
  'SelfManagedKafkaEventSourceConfig.ConsumptionMode': selfManaged(
    rejected(
      { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } },
      'only Stream is supported locally: share groups (Queue) are not',
    ),
  ),
  'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaRegistryURI': selfManaged(
    rejected(registryOf({ SchemaRegistryURI: 'https://registry.example.com' }), REGISTRY),
  ),
  'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.EventRecordFormat': selfManaged(
    rejected(registryOf({ EventRecordFormat: 'JSON' }), REGISTRY),
  ),
  'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs.Type': selfManaged(
    rejected(registryOf({ AccessConfigs: [{ Type: 'BASIC_AUTH' }] }), REGISTRY),
  ),
  'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs.URI': selfManaged(
    rejected(registryOf({ AccessConfigs: [{ URI: 'arn:aws:secretsmanager:…' }] }), REGISTRY),
  ),
  'SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.SchemaValidationConfigs.Attribute': selfManaged(
    rejected(registryOf({ SchemaValidationConfigs: [{ Attribute: 'VALUE' }] }), REGISTRY),
  ),
  'DocumentDBEventSourceConfig.DatabaseName': rejected(
    { DocumentDBEventSourceConfig: { DatabaseName: 'a' } },
    NOT_KAFKA,
  ),
  'DocumentDBEventSourceConfig.CollectionName': rejected(
    { DocumentDBEventSourceConfig: { CollectionName: 'a' } },
    NOT_KAFKA,
  ),
  'DocumentDBEventSourceConfig.FullDocument': rejected(
    { DocumentDBEventSourceConfig: { FullDocument: 'Default' } },
    NOT_KAFKA,
  ),
  'ProvisionedPollerConfig.MinimumPollers': ignored(
    { ProvisionedPollerConfig: { MinimumPollers: 2 } },
    'ProvisionedPollerConfig.MinimumPollers',
  ),
  'ProvisionedPollerConfig.MaximumPollers': ignored(
    { ProvisionedPollerConfig: { MaximumPollers: 2 } },
    'ProvisionedPollerConfig.MaximumPollers',
  ),
  'ProvisionedPollerConfig.PollerGroupName': ignored(
    { ProvisionedPollerConfig: { PollerGroupName: 'a' } },
    'ProvisionedPollerConfig.PollerGroupName',
  ),
};

const readTreated = (given: Properties, isSelfManaged: boolean) => {
  const Mapping = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: 'shop-dev-work',
      Topics: ['orders'],
      StartingPosition: 'TRIM_HORIZON',
      ...(isSelfManaged
        ? { SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['localhost:9092'] } } }
        : { EventSourceArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/1' }),
      ...given,
    },
  };
  return read(aService({ work: [], also: [] }, { resources: { Resources: { Mapping } } }));
};

describe('every property of Lambda', () => {
  test('has a treatment, and no other property has one', () => {
    const properties = propertiesOf(CreateEventSourceMappingRequest$);

    expect(properties.length).toBeGreaterThan(40);
    expect(Object.keys(treatments).sort()).toEqual(properties.sort());
  });

  test.each(Object.entries(treatments))('%s', (_, treated) => {
    const given = readTreated(treated.given, treated.isSelfManaged ?? false);

    switch (treated.treatment) {
      case 'honoured':
        expect(only(given)).toMatchObject(treated.definition);
        expect(given.warnings).toEqual([]);
        break;
      case 'ignored':
        expect(only(given).topic).toBe('orders');
        expect(given.notices).toEqual([
          expect.stringMatching(
            `^resources.Resources.Mapping.Properties: without effect here: .*${treated.as}`,
          ),
        ]);
        break;
      case 'rejected':
        expect(given.definitions).toEqual([]);
        expect(given.problems).toEqual([expect.stringContaining(treated.reason)]);
    }
  });
});

test('every access type of the SDK is known, except the one that is not for Kafka', () => {
  const rejectedTypes = Object.values(SourceAccessType).filter((Type) => {
    const { problems } = readTreated({ SourceAccessConfigurations: [{ Type, URI: 'a' }] }, true);
    return problems.length > 0;
  });

  expect(rejectedTypes).toEqual(['VIRTUAL_HOST']);
});

test('properties without effect are one line per mapping, at its event or its properties', () => {
  const given = readExtended(
    { Tags: [], MetricsConfig: {}, SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'a' }] },
    {},
    { provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 2 } },
  );

  expect(given.problems).toEqual([]);
  expect(given.notices).toEqual([
    'functions.work.events.0.msk: without effect here: MetricsConfig, Tags, ' +
      'ProvisionedPollerConfig.MinimumPollers, ProvisionedPollerConfig.MaximumPollers',
  ]);
  expect(readExtended({ BatchSize: 3 }).notices).toEqual([]);
});

test('a property that Lambda does not have is rejected by name', () => {
  expect(readExtended({ PollerGroup: 'a' }).problems).toEqual([
    `resources.extensions.${LOGICAL_ID}.Properties.PollerGroup: there is no such setting`,
  ]);
});
