// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its own placeholders so
import { describe, expect, test } from '@jest/globals';
import { anMskEvent, LOGICAL_ID, only, read, readExtended } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

type Values = Readonly<Record<string, unknown>>;

const Parameters = {
  Brokers: { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/shared/kafka/brokers' },
  Group: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/shared/kafka/group' },
  Stage: { Type: 'String', Default: 'dev' },
  NoDefault: { Type: 'String' },
};
const Conditions = {
  IsDev: { 'Fn::Equals': [{ Ref: 'Stage' }, 'dev'] },
  IsProd: { 'Fn::Not': [{ Condition: 'IsDev' }] },
  Later: { 'Fn::Equals': [{ Ref: 'NoDefault' }, 'dev'] },
};
const GROUP = 'SelfManagedKafkaEventSourceConfig.ConsumerGroupId';
const PLACE = 'resources.Resources.Mapping.Properties';
const DEPLOY_TIME_ONLY = 'only a deployment knows this value';
const REMEDY = 'set it for this machine in custom.serverless-offline-kafka.mappings.Mapping.Properties';

/** Reads a service with one self-managed mapping, which these properties extend. */
const readMapping = (Properties: Values = {}, options: Values = {}, resource: Values = {}) =>
  read(
    aService(
      { work: [] },
      {
        resources: {
          Parameters,
          Conditions,
          Resources: {
            Mapping: {
              Type: 'AWS::Lambda::EventSourceMapping',
              Properties: {
                FunctionName: { 'Fn::GetAtt': ['WorkLambdaFunction', 'Arn'] },
                SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: { Ref: 'Brokers' } } },
                Topics: ['orders'],
                StartingPosition: 'LATEST',
                ...Properties,
              },
              ...resource,
            },
          },
        },
      },
    ),
    options,
  );

describe('deploy-time servers', () => {
  test.each([
    ['a parameter of SSM', { Ref: 'Brokers' }],
    ['a dynamic reference', ['{{resolve:ssm:/kafka/brokers}}']],
    ['a part of one', ['b-1.example.com:{{resolve:ssm:/kafka/port}}']],
    ['some of them', ['b-1.example.com:9092', { 'Fn::ImportValue': 'broker-2' }]],
    ['a split import', { 'Fn::Split': [',', { 'Fn::ImportValue': 'brokers' }] }],
    ['a condition', { 'Fn::If': ['Later', ['a.example.com:1'], ['b.example.com:1']] }],
  ])('are accepted, and the local option applies: %s', (_, KafkaBootstrapServers) => {
    const given = readMapping(
      { SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers } } },
      { bootstrapServers: 'local:1' },
    );

    expect(only(given).cluster).toMatchObject({ bootstrapServers: 'local:1' });
    expect({ warnings: given.warnings, notices: given.notices }).toEqual({ warnings: [], notices: [] });
  });
});

describe('a deploy-time setting', () => {
  test('counts as unset, with a warning and a remedy', () => {
    const given = readMapping({ SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: { Ref: 'Group' } } });

    expect(only(given).consumerGroupId).toBe(only(readMapping()).consumerGroupId);
    expect(given.warnings).toEqual([
      `${PLACE}.${GROUP}: ${DEPLOY_TIME_ONLY}, so it counts as unset; ${REMEDY}`,
    ]);
  });

  test.each<[string, Values, Values]>([
    ['BatchSize', { BatchSize: { Ref: 'NoDefault' } }, { batchSize: 100 }],
    ['BatchSize', { BatchSize: { 'Fn::Sub': '${NoDefault}0' } }, { batchSize: 100 }],
    ['Enabled', { Enabled: { 'Fn::If': ['Later', true, false] } }, { topic: 'orders' }],
    [
      'MaximumBatchingWindowInSeconds',
      { MaximumBatchingWindowInSeconds: { Ref: 'NoDefault' } },
      { batchingWindowMs: 500 },
    ],
    [
      'DestinationConfig.OnFailure.Destination',
      { DestinationConfig: { OnFailure: { Destination: { 'Fn::ImportValue': 'queue' } } } },
      {},
    ],
    ['FunctionResponseTypes', { FunctionResponseTypes: [{ Ref: 'NoDefault' }, { Ref: 'NoDefault' }] }, {}],
    ['SourceAccessConfigurations', { SourceAccessConfigurations: { 'Fn::If': ['Later', [], []] } }, {}],
    ['SelfManagedKafkaEventSourceConfig', { SelfManagedKafkaEventSourceConfig: { 'Fn::Transform': {} } }, {}],
  ])('has its default: %s', (setting, properties, definition) => {
    const given = readMapping(properties);

    expect(only(given)).toMatchObject(definition);
    expect(given.warnings).toEqual([
      `${PLACE}.${setting}: ${DEPLOY_TIME_ONLY}, so it counts as unset; ${REMEDY}`,
    ]);
  });

  test.each<[string, Values]>([
    ['Topics', { Topics: [{ Ref: 'Group' }] }],
    ['Topics', { Topics: { Ref: 'Brokers' } }],
    ['StartingPosition', { StartingPosition: { Ref: 'NoDefault' } }],
    [
      'FilterCriteria.Filters.0.Pattern',
      { FilterCriteria: { Filters: [{ Pattern: { Ref: 'NoDefault' } }] } },
    ],
    [
      'StartingPositionTimestamp',
      { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: { Ref: 'NoDefault' } },
    ],
  ])('is a problem if the mapping needs it: %s', (setting, properties) => {
    expect(readMapping(properties).problems).toEqual([
      `${PLACE}.${setting}: ${DEPLOY_TIME_ONLY}, and the mapping needs one; ${REMEDY}`,
    ]);
  });

  test.each<[string, Values]>([
    ['KmsKeyArn', { KmsKeyArn: { 'Fn::GetAtt': ['Key', 'Arn'] } }],
    ['the URI of a secret', { SourceAccessConfigurations: [{ Type: 'BASIC_AUTH', URI: { Ref: 'Secret' } }] }],
    ['Tags', { Tags: [{ Key: 'a', Value: { Ref: 'NoDefault' } }] }],
  ])('is no problem if its value has no effect: %s', (_, properties) => {
    expect(readMapping(properties)).toMatchObject({ problems: [], warnings: [] });
  });
});

describe('a setting that no deployment accepts', () => {
  test.each<[string, Values, string]>([
    ['BatchSize', { BatchSize: { 'Fn::If': ['Absent', 1, 2] } }, 'there is no condition Absent'],
    ['Topics.0', { Topics: [{ 'Fn::Sub': '${AWS::Regoin}' }] }, 'there is no pseudo parameter AWS::Regoin'],
    ['BatchSize', { BatchSize: { Ref: 'Stage' } }, 'Invalid input: expected number, received string'],
    ['FunctionName', { FunctionName: { 'Fn::Sub': [] } }, 'Fn::Sub needs a string'],
    [
      `${GROUP}`,
      { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: '{{resolve:ssm-secure:/group}}' } },
      'CloudFormation does not accept {{resolve:ssm-secure:…}}',
    ],
  ])('is one problem with its path: %s', (setting, properties, message) => {
    const { definitions, problems, warnings } = readMapping(properties);

    expect({ definitions, warnings }).toEqual({ definitions: [], warnings: [] });
    expect(problems).toEqual([expect.stringContaining(`${PLACE}.${setting}: ${message}`)]);
  });
});

describe('local properties', () => {
  const local = (Properties: Values) => ({ mappings: { Mapping: { Properties } } });

  test('replace deploy-time values', () => {
    const given = readMapping(
      {
        Topics: [{ Ref: 'Group' }],
        FunctionName: { 'Fn::ImportValue': 'function' },
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: { Ref: 'Group' } },
      },
      local({
        Topics: ['local'],
        FunctionName: 'shop-dev-work',
        SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: { 'Fn::Sub': '${Stage}-group' } },
      }),
    );

    expect(only(given)).toMatchObject({ topic: 'local', functionKey: 'work', consumerGroupId: 'dev-group' });
    expect(given.warnings).toEqual([]);
  });

  test('override an event and its extension', () => {
    const options = { mappings: { [LOGICAL_ID]: { Properties: { BatchSize: 3 } } } };

    expect(only(readExtended({ BatchSize: 2 }, options, { batchSize: 1 })).batchSize).toBe(3);
  });

  test('have problems with their own path', () => {
    expect(readMapping({}, local({ BatchSize: 0 })).problems).toEqual([
      expect.stringContaining('custom.serverless-offline-kafka.mappings.Mapping.Properties.BatchSize: '),
    ]);
  });

  test('of a missing mapping are a problem that lists the existing mappings', () => {
    expect(readMapping({}, { mappings: { Maping: {} } }).problems).toEqual([
      'custom.serverless-offline-kafka.mappings.Maping: there is no such mapping; there is Mapping',
    ]);
  });
});

describe('the condition of a mapping', () => {
  test.each([
    ['holds', { Condition: 'IsDev' }],
    ['is decided by a deployment', { Condition: 'Later' }],
    ['is not there', {}],
  ])('lets it start if it %s', (_, resource) => {
    expect(readMapping({}, {}, resource).definitions).toHaveLength(1);
  });

  test('prevents its start if it is false, with a notice', () => {
    const given = readMapping({}, {}, { Condition: 'IsProd' });

    expect(given).toMatchObject({ definitions: [], problems: [], warnings: [] });
    expect(given.notices).toEqual([
      'resources.Resources.Mapping.Condition: IsProd is false, so this mapping is not started',
    ]);
  });

  test('can be in an extension of an event', () => {
    const service = aService(
      { work: [anMskEvent()] },
      { resources: { Parameters, Conditions, extensions: { [LOGICAL_ID]: { Condition: 'IsProd' } } } },
    );

    expect(read(service)).toMatchObject({
      definitions: [],
      notices: [expect.stringContaining(`resources.extensions.${LOGICAL_ID}.Condition: IsProd is false`)],
    });
  });

  test('is a problem if it does not exist', () => {
    expect(readMapping({}, {}, { Condition: 'Absent' }).problems).toEqual([
      'resources.Resources.Mapping.Condition: there is no condition Absent',
    ]);
  });
});

test.each(['Fn::ForEach::Mappings', 'Fn::Transform'])(
  'resources of %s are not read, with a notice',
  (name) => {
    const service = aService(
      { work: [anMskEvent()] },
      { resources: { Resources: { [name]: ['a', [], {}] } } },
    );

    expect(read(service)).toMatchObject({
      definitions: [{ topic: 'orders' }],
      problems: [],
      notices: [expect.stringContaining(`resources.Resources.${name}: only a deployment expands it`)],
    });
  },
);
