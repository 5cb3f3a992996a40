import { describe, expect, test } from '@jest/globals';
import { LOGICAL_ID, only, read, readExtended } from '../support/configuration.ts';
import { aService, CLUSTER_ARN } from '../support/service.ts';

type Properties = Readonly<Record<string, unknown>>;

const PLACE = `resources.extensions.${LOGICAL_ID}.Properties`;
const PROVISIONED = { ProvisionedPollerConfig: { MinimumPollers: 1 } };
const VPC_CONNECTION = 'arn:aws:kafka:eu-west-1:000000000000:vpc-connection/111122223333/orders/1b2c-7';

/** A mapping of `resources.Resources` with a self-managed cluster. */
const readSelfManaged = (Properties: Properties) =>
  read(
    aService(
      { work: [] },
      {
        resources: {
          Resources: {
            Mapping: {
              Type: 'AWS::Lambda::EventSourceMapping',
              Properties: {
                FunctionName: { Ref: 'WorkLambdaFunction' },
                Topics: ['orders'],
                StartingPosition: 'LATEST',
                SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['a.example.com:9092'] } },
                ...Properties,
              },
            },
          },
        },
      },
    ),
  );

const servers = (...KafkaBootstrapServers: unknown[]): Properties => ({
  SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers } },
});
const group = (ConsumerGroupId: string): Properties => ({
  AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId },
});
const filters = (...patterns: string[]): Properties => ({
  FilterCriteria: { Filters: patterns.map((Pattern) => ({ Pattern })) },
});
const destination = (Destination: string): Properties => ({
  ...PROVISIONED,
  DestinationConfig: { OnFailure: { Destination } },
});
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const titled = (properties: Properties): [string, Properties] => [
  JSON.stringify(properties).slice(0, 100),
  properties,
];
const ONE_FILTER = '{"value":{"a":[1]}}';
const aFilterOf = (length: number): string => `{"value":{"a":["${'x'.repeat(length - 20)}"]}}`;

describe.each<[property: string, valid: Properties[], invalid: Properties[]]>([
  [
    'EventSourceArn',
    [
      { EventSourceArn: CLUSTER_ARN },
      { EventSourceArn: VPC_CONNECTION },
      { EventSourceArn: { Ref: 'Cluster' } },
    ],
    [{ EventSourceArn: 'arn:aws:sqs:eu-west-1:000000000000:orders' }, { EventSourceArn: 7 }],
  ],
  [
    'Topics',
    [{ Topics: ['a-b_c.D9'] }, { Topics: ['x'.repeat(249)] }],
    [
      { Topics: [] },
      { Topics: ['a1', 'b1'] },
      { Topics: ['.a'] },
      { Topics: ['a b'] },
      { Topics: ['x'.repeat(250)] },
    ],
  ],
  ['Enabled', [{ Enabled: true }, { Enabled: 'true' }], [{ Enabled: 'yes' }]],
  [
    'BatchSize',
    [{ BatchSize: 1 }, { BatchSize: 10_000 }, { BatchSize: '7' }],
    [{ BatchSize: 0 }, { BatchSize: 10_001 }, { BatchSize: 1.5 }, { BatchSize: 'many' }],
  ],
  [
    'MaximumBatchingWindowInSeconds',
    [{ MaximumBatchingWindowInSeconds: 0 }, { MaximumBatchingWindowInSeconds: 300 }],
    [-1, 301, 0.5].map((MaximumBatchingWindowInSeconds) => ({ MaximumBatchingWindowInSeconds })),
  ],
  [
    'StartingPosition',
    [{ StartingPosition: 'LATEST' }, { StartingPosition: 'TRIM_HORIZON' }],
    [{ StartingPosition: 'EARLIEST' }, { StartingPosition: undefined }],
  ],
  [
    'StartingPositionTimestamp',
    [{ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 }],
    [
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: -1 },
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: '2026-01-01' },
    ],
  ],
  [
    'AmazonManagedKafkaEventSourceConfig',
    [group('a'), group(`a-/*:_+=.@${'1'.repeat(190)}`)],
    [
      group(''),
      group('a b'),
      group('a'.repeat(201)),
      { AmazonManagedKafkaEventSourceConfig: { Group: 'a' } },
    ],
  ],
  [
    'FilterCriteria',
    [filters(ONE_FILTER), filters(...times(10, ONE_FILTER)), filters(aFilterOf(4_096))],
    [
      filters(...times(11, ONE_FILTER)),
      filters(aFilterOf(4_097)),
      filters('value'),
      filters('{"key":["a"]}'),
    ],
  ],
  [
    'KmsKeyArn',
    [{ KmsKeyArn: 'arn:aws:kms:…' }, { KmsKeyArn: { 'Fn::GetAtt': ['Key', 'Arn'] } }],
    [{ KmsKeyArn: 1 }],
  ],
  [
    'DestinationConfig',
    [
      destination('arn:aws:sqs:eu-west-1:000000000000:dead'),
      destination('kafka://orders.dead'),
      destination(''),
      { DestinationConfig: {} },
    ],
    [destination('kafka://'), destination('dead'), destination(`kafka://${'x'.repeat(343)}`)],
  ],
  [
    'MaximumRetryAttempts',
    [-1, 0, 10_000].map((MaximumRetryAttempts) => ({ ...PROVISIONED, MaximumRetryAttempts })),
    [-2, 10_001, 0.5].map((MaximumRetryAttempts) => ({ ...PROVISIONED, MaximumRetryAttempts })),
  ],
  [
    'MaximumRecordAgeInSeconds',
    [-1, 60, 604_800].map((MaximumRecordAgeInSeconds) => ({ ...PROVISIONED, MaximumRecordAgeInSeconds })),
    [-2, 0, 1, 59, 604_801].map((MaximumRecordAgeInSeconds) => ({
      ...PROVISIONED,
      MaximumRecordAgeInSeconds,
    })),
  ],
  [
    'BisectBatchOnFunctionError',
    [{ ...PROVISIONED, BisectBatchOnFunctionError: true }],
    [{ ...PROVISIONED, BisectBatchOnFunctionError: 1 }],
  ],
  [
    'FunctionResponseTypes',
    [{ ...PROVISIONED, FunctionResponseTypes: ['ReportBatchItemFailures'] }, { FunctionResponseTypes: [] }],
    [
      { FunctionResponseTypes: ['ReportBatchItemFailure'] },
      { FunctionResponseTypes: times(2, 'ReportBatchItemFailures') },
      { FunctionResponseTypes: 'ReportBatchItemFailures' },
    ],
  ],
  [
    'ProvisionedPollerConfig',
    [
      { ProvisionedPollerConfig: {} },
      { ProvisionedPollerConfig: { MinimumPollers: 200, MaximumPollers: 2_000 } },
      { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1, PollerGroupName: 'a-b_1' } },
      { ProvisionedPollerConfig: { PollerGroupName: 'x'.repeat(128) } },
    ],
    [
      { MinimumPollers: 0 },
      { MinimumPollers: 201 },
      { MaximumPollers: 0 },
      { MaximumPollers: 2_001 },
      { PollerGroupName: 'a.b' },
      { PollerGroupName: 'x'.repeat(129) },
      { Pollers: 1 },
    ].map((ProvisionedPollerConfig) => ({ ProvisionedPollerConfig })),
  ],
  [
    'SourceAccessConfigurations',
    [
      { SourceAccessConfigurations: [] },
      { SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: 'arn:aws:secretsmanager:…' }] },
      {
        SourceAccessConfigurations: times(22, {
          Type: 'CLIENT_CERTIFICATE_TLS_AUTH',
          URI: { Ref: 'Secret' },
        }),
      },
    ],
    [
      { SourceAccessConfigurations: [{ Type: 'SCRAM', URI: 'a' }] },
      { SourceAccessConfigurations: times(23, { Type: 'SASL_SCRAM_512_AUTH', URI: 'a' }) },
    ],
  ],
  [
    'LoggingConfig',
    ['DEBUG', 'INFO', 'WARN'].map((SystemLogLevel) => ({
      ...PROVISIONED,
      LoggingConfig: { SystemLogLevel },
    })),
    [{ LoggingConfig: { SystemLogLevel: 'ERROR' } }],
  ],
  [
    'MetricsConfig',
    [{ MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] } }],
    [{ MetricsConfig: { Metrics: ['Lag'] } }],
  ],
])('%s', (property, valid, invalid) => {
  test.each(valid.map(titled))('accepts %s without a message', (_, properties) => {
    const { definitions, problems, warnings } = readExtended(properties);

    expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
    expect(definitions).toHaveLength(1);
  });

  test.each(invalid.map(titled))('rejects %s with its path', (_, properties) => {
    const { definitions, problems } = readExtended(properties);

    expect(definitions).toEqual([]);
    expect(problems).toEqual([expect.stringContaining(`${PLACE}.${property}`)]);
  });
});

describe('a property of a self-managed cluster', () => {
  test.each([
    [servers('b1.example.com:9092', 'b2.example.com:9092')],
    [servers(...times(10, 'a.example.com:9092'))],
    [servers(`${'a'.repeat(295)}:9092`)],
    [servers({ Ref: 'Broker' })],
    [{ SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group', ConsumptionMode: 'Stream' } }],
    [{ SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: 'arn' }, { Type: 'IAM_AUTH' }] }],
  ])('accepts %j', (properties) => {
    expect(only(readSelfManaged(properties)).topic).toBe('orders');
  });

  test.each([
    ['SelfManagedEventSource.Endpoints.KafkaBootstrapServers', servers()],
    ['SelfManagedEventSource.Endpoints.KafkaBootstrapServers', servers(...times(11, 'a.example.com:9092'))],
    ['SelfManagedEventSource.Endpoints.KafkaBootstrapServers.0', servers('a.example.com')],
    ['SelfManagedEventSource.Endpoints.KafkaBootstrapServers.0', servers(`${'a'.repeat(296)}:9092`)],
    [
      'SelfManagedKafkaEventSourceConfig.ConsumptionMode',
      { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } },
    ],
  ])('is rejected otherwise: %s', (property, properties) => {
    const { definitions, problems } = readSelfManaged(properties);

    expect(definitions).toEqual([]);
    expect(problems).toEqual([
      expect.stringContaining(`resources.Resources.Mapping.Properties.${property}: `),
    ]);
  });
});

describe('a property that is not supported locally', () => {
  test.each([
    ['a schema registry', { AmazonManagedKafkaEventSourceConfig: { SchemaRegistryConfig: {} } }],
    ['SNS topics as destinations', destination('arn:aws:sns:eu-west-1:000000000000:dead')],
    ['S3 buckets as destinations', destination('arn:aws:s3:::dead')],
  ])('is rejected with that reason: %s', (what, properties) => {
    const { definitions, problems } = readExtended(properties);

    expect(definitions).toEqual([]);
    expect(problems).toEqual([expect.stringMatching(`: ${what} .*not supported locally`)]);
  });

  test('is rejected for share groups', () => {
    const { problems } = readSelfManaged({ SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } });

    expect(problems).toEqual([expect.stringContaining('only Stream is supported locally')]);
  });
});

describe('a property that does not apply to Kafka', () => {
  test.each([
    ['ParallelizationFactor', { ParallelizationFactor: 1 }],
    ['TumblingWindowInSeconds', { TumblingWindowInSeconds: 0 }],
    ['ScalingConfig', { ScalingConfig: { MaximumConcurrency: 2 } }],
    ['Queues', { Queues: ['a'] }],
    ['DocumentDBEventSourceConfig', { DocumentDBEventSourceConfig: {} }],
    ['DestinationConfig.OnSuccess', { DestinationConfig: { OnSuccess: { Destination: 'kafka://a1' } } }],
  ])('is rejected: %s', (property, properties) => {
    expect(readExtended(properties).problems).toEqual([
      `${PLACE}.${property}: does not apply to a Kafka mapping`,
    ]);
  });
});

test('an unknown property is rejected, each with its own line', () => {
  expect(readExtended({ Batchsize: 5, BatchSize: 0, Window: 1 }).problems).toEqual([
    expect.stringContaining(`${PLACE}.BatchSize: `),
    `${PLACE}.Batchsize: there is no such setting`,
    `${PLACE}.Window: there is no such setting`,
  ]);
});

test('keys, tags and metrics have no effect', () => {
  const plain = only(readExtended({}));

  const definition = only(
    readExtended({
      KmsKeyArn: 'arn',
      Tags: [{ Key: 'a', Value: 'b' }],
      MetricsConfig: { Metrics: ['EventCount'] },
    }),
  );

  expect(definition).toEqual(plain);
});
