// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its own placeholders so
import { describe, expect, test } from '@jest/globals';
import { anMskEvent, only, read } from '../support/configuration.ts';
import { aService, CLUSTER_ARN } from '../support/service.ts';

type Values = Readonly<Record<string, unknown>>;

const withResources = (Resources: Values, rest: Values = {}) =>
  aService(
    { work: [], 'also-work_2': [] },
    {
      getFunction: (key) => ({ name: `shop-dev-${key}`, events: [] }),
      resources: { Resources, ...rest },
    },
  );

const aMapping = (Properties: Values) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    FunctionName: { Ref: 'WorkLambdaFunction' },
    EventSourceArn: CLUSTER_ARN,
    Topics: ['orders'],
    StartingPosition: 'LATEST',
    ...Properties,
  },
});

const readMapping = (Properties: Values, rest: Values = {}, Resources: Values = {}) =>
  read(withResources({ Mapping: aMapping(Properties), ...Resources }, rest));

describe('a mapping among the resources', () => {
  test('is read like that of an event', () => {
    expect(only(readMapping({ BatchSize: 3 }))).toMatchObject({
      logicalId: 'Mapping',
      functionKey: 'work',
      topic: 'orders',
      eventSourceArn: CLUSTER_ARN,
      batchSize: 3,
      startingPosition: { type: 'LATEST' },
    });
  });

  test('needs a starting position, because osls adds it only to events', () => {
    expect(readMapping({ StartingPosition: undefined }).problems).toEqual([
      'resources.Resources.Mapping.Properties.StartingPosition: must be TRIM_HORIZON, LATEST or AT_TIMESTAMP',
    ]);
  });

  test.each([
    ['a queue', { EventSourceArn: 'arn:aws:sqs:eu-west-1:000000000000:orders' }],
    ['a stream that is referred to', { EventSourceArn: { 'Fn::GetAtt': ['Stream', 'Arn'] } }],
    [
      'a broker of another kind',
      { EventSourceArn: 'arn:aws:mq:eu-west-1:000000000000:broker:a', Queues: ['a'] },
    ],
  ])('is ignored if it reads %s', (_, source) => {
    const Resources = {
      Other: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { FunctionName: 'of-another-service', ParallelizationFactor: 2, ...source },
      },
      Table: { Type: 'AWS::DynamoDB::Table' },
    };

    expect(read(withResources(Resources))).toEqual({
      definitions: [],
      problems: [],
      warnings: [],
      notices: [],
    });
  });

  test('is a Kafka mapping by its ARN alone', () => {
    const Resources = {
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: 'shop-dev-work',
          EventSourceArn: CLUSTER_ARN,
          StartingPosition: 'LATEST',
        },
      },
    };

    expect(read(withResources(Resources)).problems).toEqual([
      'resources.Resources.Mapping.Properties.Topics: must have exactly one topic',
    ]);
  });
});

describe('its function', () => {
  test.each([
    ['Ref', { Ref: 'AlsoDashworkUnderscore2LambdaFunction' }],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['AlsoDashworkUnderscore2LambdaFunction', 'Arn'] }],
    ['Fn::GetAtt in one text', { 'Fn::GetAtt': 'AlsoDashworkUnderscore2LambdaFunction.Arn' }],
    ['Fn::Sub', { 'Fn::Sub': '${AlsoDashworkUnderscore2LambdaFunction.Arn}:live' }],
    [
      'an alias',
      { 'Fn::Join': [':', [{ 'Fn::GetAtt': ['AlsoDashworkUnderscore2LambdaFunction', 'Arn'] }, 'live']] },
    ],
    ['a name', 'shop-dev-also-work_2'],
    ['a name with an alias', 'shop-dev-also-work_2:live'],
    ['a name of pseudo parameters', { 'Fn::Sub': '${AWS::StackName}-also-work_2' }],
    ['an ARN', 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-also-work_2'],
    ['an ARN with a version', 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-also-work_2:7'],
    ['a part of an ARN', '000000000000:function:shop-dev-also-work_2'],
  ])('is found by %s', (_, FunctionName) => {
    expect(only(readMapping({ FunctionName })).functionKey).toBe('also-work_2');
  });

  test.each([
    ['of another service', 'other-dev-work'],
    ['of another service by its ARN', 'arn:aws:lambda:eu-west-1:000000000000:function:work'],
    ['referred to, but only like one here', { Ref: 'AlsoWorkLambdaFunction' }],
    ['imported', { 'Fn::ImportValue': 'function' }],
    ['missing', undefined],
  ])('is a problem if it is %s', (_, FunctionName) => {
    const { definitions, problems } = readMapping({ FunctionName });

    expect(definitions).toEqual([]);
    expect(problems).toEqual([
      'resources.Resources.Mapping.Properties.FunctionName: must be a function of this service',
    ]);
  });
});

describe('the ARN of its cluster', () => {
  test('is the default of a parameter', () => {
    const Parameters = { Cluster: { Type: 'String', Default: CLUSTER_ARN } };

    expect(only(readMapping({ EventSourceArn: { Ref: 'Cluster' } }, { Parameters })).eventSourceArn).toBe(
      CLUSTER_ARN,
    );
  });

  test('is the default of a parameter in an event too', () => {
    const Parameters = { Cluster: { Type: 'String', Default: CLUSTER_ARN } };
    const service = aService(
      { work: [anMskEvent({ arn: { Ref: 'Cluster' } })] },
      { resources: { Parameters } },
    );

    expect(only(read(service))).toMatchObject({
      logicalId: 'WorkEventSourceMappingMSKClusterOrders',
      eventSourceArn: CLUSTER_ARN,
    });
  });

  test.each([
    ['a Ref to a resource', { Ref: 'Cluster' }],
    ['an import', { 'Fn::ImportValue': 'stack-Cluster' }],
    ['an attribute', { 'Fn::GetAtt': ['Cluster', 'Arn'] }],
  ])('has a placeholder of the same form for %s', (_, EventSourceArn) => {
    expect(only(readMapping({ EventSourceArn })).eventSourceArn).toMatch(
      /^arn:aws:kafka:eu-west-1:\d{12}:cluster\/[^/]+\/[^/]+$/,
    );
  });
});

describe('values of a template', () => {
  const Parameters = {
    Size: { Type: 'Number', Default: '7' },
    Topic: { Type: 'String', Default: 'orders' },
    Brokers: { Type: 'CommaDelimitedList', Default: 'a.example.com:9092,b.example.com:9092' },
    Later: { Type: 'String' },
  };
  const Resources = {
    Dead: { Type: 'AWS::SQS::Queue' },
    NamedDead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${Topic}-dead' } } },
    FifoDead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead.fifo', FifoQueue: true } },
    DeadTopic: { Type: 'AWS::SNS::Topic' },
    DeadBucket: { Type: 'AWS::S3::Bucket' },
  };
  const withDestination = (Destination: unknown) =>
    readMapping({ DestinationConfig: { OnFailure: { Destination } } }, { Parameters }, Resources);

  test('are read if they are known before a deployment', () => {
    const definition = only(
      readMapping(
        {
          BatchSize: { Ref: 'Size' },
          Topics: [{ 'Fn::Sub': '${Topic}.v1' }],
          AmazonManagedKafkaEventSourceConfig: {
            ConsumerGroupId: { 'Fn::Join': ['-', [{ Ref: 'AWS::StackName' }, { Ref: 'Topic' }]] },
          },
          Enabled: { Ref: 'AWS::NoValue' },
        },
        { Parameters },
      ),
    );

    expect(definition).toMatchObject({
      batchSize: 7,
      topic: 'orders.v1',
      consumerGroupId: 'shop-dev-orders',
    });
  });

  test('can be a list', () => {
    const given = readMapping(
      {
        EventSourceArn: { Ref: 'AWS::NoValue' },
        SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: { Ref: 'Brokers' } } },
      },
      { Parameters },
    );

    expect(only(given).topic).toBe('orders');
  });

  test.each([
    ['its logical id', { 'Fn::GetAtt': ['Dead', 'Arn'] }, 'Dead'],
    ['its name', { 'Fn::GetAtt': ['NamedDead', 'Arn'] }, 'orders-dead'],
    ['a joined ARN', { 'Fn::Sub': 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:x' }, 'x'],
    ['an attribute within a text', { 'Fn::Sub': '${Dead.Arn}' }, 'Dead'],
  ])('can be the ARN of a queue of the template, by %s', (_, Destination, name) => {
    expect(only(withDestination(Destination)).destination).toEqual({
      type: 'sqs',
      queueArn: `arn:aws:sqs:eu-west-1:000000000000:${name}`,
    });
  });

  test.each([
    ['SNS', { Ref: 'DeadTopic' }],
    ['S3', { 'Fn::GetAtt': ['DeadBucket', 'Arn'] }],
    ['FIFO', { 'Fn::GetAtt': ['FifoDead', 'Arn'] }],
  ])('can be the ARN of an unsupported destination: %s', (what, Destination) => {
    expect(withDestination(Destination).problems).toEqual([expect.stringContaining(what)]);
  });
});

test('invalid resources are a problem', () => {
  const service = aService({ work: [] }, { resources: { Resources: { Mapping: 'none' } } });

  expect(read(service).problems).toEqual([expect.stringContaining('resources.Resources.Mapping: ')]);
});
