// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its own placeholders so
import { expect, test } from '@jest/globals';
import { read } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

type Values = Readonly<Record<string, unknown>>;

const SECRET = 'arn:aws:secretsmanager:us-west-2:123456789012:secret:kafka/prod-1a2b3c';
const vpc = [
  { Type: 'VPC_SUBNET', URI: { 'Fn::Sub': 'subnet:${Subnet}' } },
  { Type: 'VPC_SECURITY_GROUP', URI: { 'Fn::Join': ['', ['security_group:', { Ref: 'Group' }]] } },
];
const servers = (KafkaBootstrapServers: unknown): Values => ({
  SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers } },
});

/** Mappings in forms of public templates, which a deployment accepts. */
const forms: readonly (readonly [string, Values, Values?])[] = [
  [
    'brokers of a custom resource',
    servers({ 'Fn::Split': [',', { 'Fn::GetAtt': 'Brokers.BootstrapBrokerStringTls' }] }),
  ],
  [
    'brokers of another stack',
    servers({ 'Fn::Split': [',', { 'Fn::ImportValue': { 'Fn::Sub': '${NetworkStack}-Brokers' } }] }),
  ],
  ['a list of brokers as a parameter', servers({ Ref: 'Brokers' })],
  ['a broker by its parts', servers([{ 'Fn::Join': [':', [{ Ref: 'Host' }, { Ref: 'Port' }]] }])],
  ['brokers of a stage', servers({ 'Fn::FindInMap': ['Stages', { Ref: 'Stage' }, 'Brokers'] })],
  [
    'one broker of a stage, with a default',
    servers([{ 'Fn::FindInMap': ['Stages', 'absent', 'Broker', { DefaultValue: 'a.example.com:9092' }] }]),
  ],
  ['brokers from a secret', servers(['{{resolve:secretsmanager:kafka/prod:SecretString:broker}}'])],
  ['brokers by Fn::ForEach', servers({ 'Fn::ForEach::Broker': ['B', ['a', 'b'], { '${B}': '${B}:9092' }] })],
  [
    'properties from a file',
    {
      'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: 's3://a/b' } },
      ...servers(['a.example.com:9092']),
    },
  ],
  ['an MSK cluster of this stack', { EventSourceArn: { Ref: 'Cluster' } }],
  ['an MSK cluster of this stack, by its ARN', { EventSourceArn: { 'Fn::GetAtt': ['Cluster', 'Arn'] } }],
  [
    'an MSK cluster of this account',
    {
      EventSourceArn: {
        'Fn::Sub':
          'arn:${AWS::Partition}:kafka:${AWS::Region}:${AWS::AccountId}:cluster/orders/6cc0432b-8618-4f44-bccc-e1fbd8fb7c4d-2',
      },
    },
  ],
  [
    'an MSK connection of a VPC',
    {
      EventSourceArn:
        'arn:aws-us-gov:kafka:us-gov-west-1:123456789012:vpc-connection/123456789012/orders/6cc0432b-8618-4f44-bccc-e1fbd8fb7c4d-2',
    },
  ],
  [
    'MSK with a chosen group',
    {
      EventSourceArn: { Ref: 'Cluster' },
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: { 'Fn::Sub': '${AWS::StackName}-orders' } },
    },
  ],
  [
    'MSK with a group or none',
    {
      EventSourceArn: { Ref: 'Cluster' },
      AmazonManagedKafkaEventSourceConfig: {
        'Fn::If': ['IsProd', { ConsumerGroupId: 'orders' }, { Ref: 'AWS::NoValue' }],
      },
    },
  ],
  [
    'MSK with a password',
    {
      EventSourceArn: { Ref: 'Cluster' },
      SourceAccessConfigurations: [{ Type: 'SASL_SCRAM_512_AUTH', URI: { Ref: 'Secret' } }],
    },
  ],
  [
    'MSK with a certificate',
    {
      EventSourceArn: { Ref: 'Cluster' },
      SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: SECRET }],
    },
  ],
  [
    'a VPC and a password',
    {
      ...servers(['abc.xyz.com:9092', '123.45.67.89:9096']),
      SourceAccessConfigurations: [
        ...vpc,
        {
          Type: 'SASL_SCRAM_256_AUTH',
          URI: { 'Fn::Sub': 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:kafka' },
        },
      ],
    },
  ],
  [
    'a topic by a condition',
    {
      ...servers(['a.example.com:9092']),
      Topics: [{ 'Fn::If': ['IsProd', 'orders', { 'Fn::Sub': 'orders-${Stage}' }] }],
    },
  ],
  ['topics as a parameter', { ...servers(['a.example.com:9092']), Topics: { Ref: 'Topics' } }],
  [
    'strings for numbers and booleans',
    {
      ...servers(['a.example.com:9092']),
      BatchSize: '500',
      MaximumBatchingWindowInSeconds: { Ref: 'Window' },
      Enabled: 'true',
    },
  ],
  [
    'a queue for failures',
    {
      ...servers(['a.example.com:9092']),
      ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 3 },
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Failed', 'Arn'] } } },
    },
  ],
  [
    'a filter as JSON',
    {
      ...servers(['a.example.com:9092']),
      FilterCriteria: { Filters: [{ Pattern: { 'Fn::ToJsonString': { value: { type: ['created'] } } } }] },
    },
  ],
  [
    'a filter as text with a parameter',
    {
      ...servers(['a.example.com:9092']),
      FilterCriteria: { Filters: [{ Pattern: { 'Fn::Sub': '{"value":{"stage":["${Stage}"]}}' } }] },
    },
  ],
  ['a function by name', { ...servers(['a.example.com:9092']), FunctionName: { Ref: 'WorkLambdaFunction' } }],
  [
    'a function by ARN and alias',
    {
      ...servers(['a.example.com:9092']),
      FunctionName: { 'Fn::Join': [':', [{ 'Fn::GetAtt': ['WorkLambdaFunction', 'Arn'] }, 'live']] },
    },
  ],
  ['a function by alias', { ...servers(['a.example.com:9092']), FunctionName: { Ref: 'Alias' } }],
  [
    'tags and logs',
    {
      ...servers(['a.example.com:9092']),
      Tags: [{ Key: 'stage', Value: { Ref: 'Stage' } }],
      LoggingConfig: { SystemLogLevel: 'INFO' },
      MetricsConfig: { Metrics: ['EventCount'] },
    },
  ],
  [
    'a condition and what a deployment needs',
    servers(['a.example.com:9092']),
    {
      Condition: 'IsDev',
      DependsOn: ['Cluster'],
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Metadata: { owner: 'shop' },
    },
  ],
];

test.each(forms)('a form of public templates is accepted: %s', (_, properties, resource = {}) => {
  const service = aService(
    { work: [] },
    {
      resources: {
        Parameters: {
          Stage: { Type: 'String', Default: 'dev', AllowedValues: ['dev', 'prod'], Description: 'which' },
          NetworkStack: {
            Type: 'String',
            Default: 'network',
            MinLength: 1,
            ConstraintDescription: 'a stack',
          },
          Brokers: { Type: 'CommaDelimitedList', Default: 'a.example.com:9092, b.example.com:9092' },
          Topics: { Type: 'List<String>', Default: 'orders' },
          Host: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/kafka/host' },
          Port: { Type: 'Number', Default: 9092, MinValue: 1 },
          Window: { Type: 'Number', Default: '5' },
          Subnet: { Type: 'AWS::EC2::Subnet::Id' },
          Group: { Type: 'AWS::EC2::SecurityGroup::Id' },
        },
        Mappings: {
          Stages: { dev: { Brokers: ['a.example.com:9092'] }, prod: { Brokers: ['b.example.com:9092'] } },
        },
        Conditions: {
          IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
          IsDev: {
            'Fn::And': [
              { 'Fn::Not': [{ Condition: 'IsProd' }] },
              { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
            ],
          },
        },
        Resources: {
          Cluster: { Type: 'AWS::MSK::ServerlessCluster' },
          Failed: { Type: 'AWS::SQS::Queue' },
          Alias: {
            Type: 'AWS::Lambda::Alias',
            Properties: {
              FunctionName: { Ref: 'WorkLambdaFunction' },
              Name: 'live',
              FunctionVersion: { 'Fn::GetAtt': ['Version', 'Version'] },
            },
          },
          Mapping: {
            Type: 'AWS::Lambda::EventSourceMapping',
            ...resource,
            Properties: {
              FunctionName: { 'Fn::GetAtt': ['WorkLambdaFunction', 'Arn'] },
              Topics: ['orders'],
              StartingPosition: 'LATEST',
              ...properties,
            },
          },
        },
      },
    },
  );

  const { definitions, problems } = read(service);
  expect(problems).toEqual([]);
  expect(definitions).toHaveLength(1);
});
