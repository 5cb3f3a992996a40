// biome-ignore-all lint/suspicious/noTemplateCurlyInString: CloudFormation writes its own placeholders so
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { templateValues } from '../../src/configuration/template-values.ts';
import { aService } from '../support/service.ts';

const require = createRequire(import.meta.url);
const requireOfOsls = createRequire(require.resolve('serverless/package.json'));
const yaml: { load(text: string, options: object): unknown } = requireOfOsls('js-yaml');
const schema = require('serverless/lib/utils/serverless-utils/cloudformation-schema.js');

/** Parses YAML as osls does. */
const osls = (text: string): unknown => yaml.load(text, { schema });

const ssm = (inner: string, Default?: string) => ({ Type: `AWS::SSM::Parameter::Value<${inner}>`, Default });

const resources = {
  Parameters: {
    Text: { Type: 'String', Default: 'orders' },
    Untyped: { Default: 'untyped' },
    Number: { Type: 'Number', Default: '7' },
    NotANumber: { Type: 'Number', Default: 'seven' },
    List: { Type: 'CommaDelimitedList', Default: 'a:1, b:2 ,c:3' },
    Numbers: { Type: 'List<Number>', Default: '1, 2' },
    NotNumbers: { Type: 'List<Number>', Default: '1,two' },
    Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1, subnet-2' },
    Key: { Type: 'AWS::EC2::KeyPair::KeyName', Default: 'key' },
    NoDefault: { Type: 'String' },
    Given: { Type: 'String', Default: 'default' },
    OneOf: { Type: 'String', Default: 'b', AllowedValues: ['a', 'b'] },
    NoneOf: { Type: 'String', Default: 'c', AllowedValues: ['a', 'b'] },
    Object: { Type: 'String', Default: { a: 1 } },
    OddType: { Type: 'Text', Default: 'a' },
    Malformed: 'text',
    SsmText: ssm('String', '/path'),
    SsmTexts: ssm('List<String>', '/path'),
    SsmList: ssm('CommaDelimitedList', '/path'),
    SsmImage: ssm('AWS::EC2::Image::Id', '/path'),
    SsmGiven: ssm('String', '/path'),
    SsmNoDefault: ssm('String'),
    SsmName: { Type: 'AWS::SSM::Parameter::Name', Default: '/path' },
    Secret: { Type: 'String', Default: '{{resolve:secretsmanager:kafka:SecretString:brokers}}' },
  },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Text' }, 'orders'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    ByNumber: { 'Fn::Equals': [{ Ref: 'Number' }, 7] },
    Later: { 'Fn::Equals': [{ Ref: 'NoDefault' }, 'x'] },
    NoAndLater: { 'Fn::And': [{ Condition: 'Later' }, { Condition: 'No' }] },
    YesAndLater: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'Later' }] },
    YesOrLater: { 'Fn::Or': [{ Condition: 'Later' }, { Condition: 'Yes' }] },
    NoOrLater: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Later' }] },
    ByGiven: { 'Fn::Equals': [{ Ref: 'Given' }, 'given'] },
    ByMap: { 'Fn::Equals': [{ 'Fn::FindInMap': ['Stages', 'dev', 'size'] }, '3'] },
    Itself: { 'Fn::Or': [{ Condition: 'Circle' }, { Condition: 'Yes' }] },
    Circle: { 'Fn::Not': [{ Condition: 'Itself' }] },
    Malformed: { 'Fn::Equals': ['one'] },
    NoCondition: 'true',
  },
  Mappings: { Stages: { dev: { size: 3, topics: ['a', 'b'], topic: { Ref: 'Text' } } } },
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${Text}-dead' } } },
    LaterQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'NoDefault' } } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: { Ref: 'WorkLambdaFunction' }, Name: 'live' },
    },
    Cluster: { Type: 'AWS::MSK::Cluster' },
  },
};

const service = (region = 'eu-west-1') =>
  aService(
    { work: [] },
    {
      resources,
      provider: {
        stage: 'dev',
        region,
        stackParameters: [
          { ParameterKey: 'Given', ParameterValue: 'given' },
          { ParameterKey: 'SsmGiven', ParameterValue: '/other' },
        ],
      },
    },
  );

const evaluate = (expression: unknown) => templateValues(service()).evaluate(expression);
const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:orders-dead';
const WORK = 'arn:aws:lambda:eu-west-1:000000000000:function:shop-dev-work';

describe('a value', () => {
  test.each<[expression: string, value: unknown]>([
    ['text', 'text'],
    ['[1, two, true]', [1, 'two', true]],
    ['!Ref Text', 'orders'],
    ['!Ref Untyped', 'untyped'],
    ['!Ref Number', '7'],
    ['!Ref List', ['a:1', 'b:2', 'c:3']],
    ['!Ref Numbers', ['1', '2']],
    ['!Ref Subnets', ['subnet-1', 'subnet-2']],
    ['!Ref Key', 'key'],
    ['!Ref OneOf', 'b'],
    ['!Ref Given', 'given'],
    ['!Ref SsmName', '/path'],
    ['!Ref AWS::Region', 'eu-west-1'],
    ['!Ref AWS::AccountId', '000000000000'],
    ['!Ref AWS::Partition', 'aws'],
    ['!Ref AWS::StackName', 'shop-dev'],
    ['!Ref AWS::URLSuffix', 'amazonaws.com'],
    ['!Ref WorkLambdaFunction', 'shop-dev-work'],
    ['!Ref Alias', 'shop-dev-work:live'],
    ['!GetAtt WorkLambdaFunction.Arn', WORK],
    ['!GetAtt Queue.Arn', QUEUE],
    ['{ "Fn::GetAtt": [Queue, Arn] }', QUEUE],
    ['{ "Fn::GetAtt": Queue.Arn }', QUEUE],
    ['!Sub "${Text}.v1"', 'orders.v1'],
    ['!Sub "${AWS::Region}/${Queue.Arn}/${Number}"', `eu-west-1/${QUEUE}/7`],
    ['!Sub "${!Text}"', '${Text}'],
    ['!Sub "no placeholder, $1 and $ too"', 'no placeholder, $1 and $ too'],
    ['!Sub ["${Text}-${a}", { a: 1, Text: over }]', 'over-1'],
    ['!Sub ["${a}", { a: !Select [1, !Ref List] }]', 'b:2'],
    ['!Join [",", !Ref List]', 'a:1,b:2,c:3'],
    ['!Join ["-", [!Ref Text, 1, !Ref AWS::NoValue]]', 'orders-1'],
    ['!Select [0, !Ref List]', 'a:1'],
    ['!Select ["2", [a, b, c]]', 'c'],
    ['!Select [0, [known, !Ref NoDefault]]', 'known'],
    ['!Split [",", "a,b"]', ['a', 'b']],
    ['!Select [1, !Split ["/", !Ref SsmName]]', 'path'],
    ['{ "Fn::FindInMap": [Stages, dev, size] }', 3],
    ['{ "Fn::FindInMap": [Stages, dev, topics] }', ['a', 'b']],
    ['{ "Fn::FindInMap": [Stages, dev, topic] }', 'orders'],
    ['{ "Fn::FindInMap": [Stages, prod, size, { DefaultValue: 9 }] }', 9],
    ['!If [Yes, 1, 2]', 1],
    ['!If [No, 1, 2]', 2],
    ['!If [ByNumber, 1, 2]', 1],
    ['!If [ByGiven, 1, 2]', 1],
    ['!If [ByMap, 1, 2]', 1],
    ['!If [NoAndLater, 1, 2]', 2],
    ['!If [YesOrLater, 1, 2]', 1],
    ['!If [Yes, [a], !Ref NoDefault]', ['a']],
    ['[a, !If [No, b, !Ref AWS::NoValue]]', ['a']],
    ['!Base64 text', 'dGV4dA=='],
    ['{ "Fn::Length": !Ref List }', 3],
    ['{ "Fn::ToJsonString": { value: { a: [1] } } }', '{"value":{"a":[1]}}'],
  ])('%s', (expression, value) => {
    expect(evaluate(osls(expression))).toEqual({ kind: 'value', value });
  });

  test.each([
    ['cn-north-1', 'arn:aws-cn:sqs:cn-north-1:000000000000:orders-dead', 'amazonaws.com.cn'],
    ['us-gov-west-1', 'arn:aws-us-gov:sqs:us-gov-west-1:000000000000:orders-dead', 'amazonaws.com'],
  ])('has the partition of its region: %s', (region, arn, suffix) => {
    const values = templateValues(service(region));

    expect(values.evaluate(osls('!GetAtt Queue.Arn'))).toEqual({ kind: 'value', value: arn });
    expect(values.evaluate(osls('!Ref AWS::URLSuffix'))).toEqual({ kind: 'value', value: suffix });
  });
});

describe('a deploy-time value', () => {
  test.each([
    '!Ref NoDefault',
    '!Ref SsmText',
    '!Ref SsmTexts',
    '!Ref SsmList',
    '!Ref SsmImage',
    '!Ref SsmGiven',
    '!Ref SsmNoDefault',
    '!Ref Secret',
    '!Ref Cluster',
    '!Ref ResourceOfAPlugin',
    '!Ref constructor',
    '!GetAtt toString.Arn',
    '!Ref AWS::StackId',
    '!Ref AWS::NotificationARNs',
    '!GetAtt Cluster.Arn',
    '!GetAtt Queue.QueueUrl',
    '!GetAtt LaterQueue.Arn',
    '{ "Fn::GetAtt": [Cluster, !Ref Text] }',
    '!ImportValue stack-Brokers',
    '!ImportValue { "Fn::Sub": "${Text}-Brokers" }',
    '!GetAZs ""',
    '!Cidr ["10.0.0.0/16", 2, 8]',
    '!Transform { Name: Macro, Parameters: { a: b } }',
    '{ "Fn::Transform": { Name: Macro }, beside: others }',
    '{ "Fn::GetStackOutput": { StackName: a, OutputName: b } }',
    '"{{resolve:ssm:/kafka/brokers}}"',
    '"{{resolve:ssm:/kafka/brokers:3}}"',
    '"{{resolve:secretsmanager:kafka:SecretString:brokers}}"',
    '"b-1.example.com:{{resolve:ssm:/kafka/port}}"',
    '!Sub "{{resolve:ssm:/${Text}/brokers}}"',
    '!Join ["", ["{{resolve:", "ssm:/brokers}}"]]',
    '!Sub "${NoDefault}.v1"',
    '!Sub "${Cluster.Arn}"',
    '!Sub ["${a}", { a: !Ref SsmText }]',
    '!Join [",", !Ref SsmTexts]',
    '!Join [",", [a, !Ref SsmText]]',
    '!Select [0, !Ref SsmTexts]',
    '!Select [!Ref NoDefault, [a]]',
    '!Split [",", !Ref SsmText]',
    '!Base64 { Ref: NoDefault }',
    '{ "Fn::FindInMap": [Stages, !Ref NoDefault, size] }',
    '{ "Fn::FindInMap": [Stages, !Ref NoDefault, size, { DefaultValue: 1 }] }',
    '!If [Later, 1, 2]',
    '!If [YesAndLater, 1, 2]',
    '!If [NoOrLater, 1, 2]',
    '!If [Yes, !Ref NoDefault, 2]',
    '[known, !Ref NoDefault]',
  ])('%s', (expression) => {
    expect(evaluate(osls(expression))).toEqual({ kind: 'deploy-time' });
  });
});

describe('an invalid value', () => {
  test.each([
    ['!Ref AWS::Regoin', 'no pseudo parameter AWS::Regoin'],
    ['!Ref [Text]', 'Ref needs a name'],
    ['!Ref NotANumber', 'NotANumber cannot be seven'],
    ['!Ref NotNumbers', 'NotNumbers cannot be two'],
    ['!Ref NoneOf', 'NoneOf cannot be c'],
    ['!Ref Object', 'Object needs a string'],
    ['!Ref OddType', 'OddType has a type that CloudFormation does not support: Text'],
    ['!Ref Malformed', 'the parameter Malformed needs'],
    ['!GetAtt Queue', 'Fn::GetAtt needs'],
    ['"{{resolve:ssm-secure:/kafka/password}}"', 'ssm-secure'],
    ['!Sub "user:{{resolve:ssm-secure:/${Text}}}"', 'ssm-secure'],
    ['!Sub [a]', 'Fn::Sub needs'],
    ['!Sub [[a], {}]', 'Fn::Sub needs'],
    ['!Sub "${List}"', 'Fn::Sub: List needs a string'],
    ['!Sub ["${a}", { a: [b] }]', 'Fn::Sub: a needs a string'],
    ['!Sub "${AWS::Regoin}"', 'no pseudo parameter'],
    ['!Join [",", text]', 'Fn::Join needs a list'],
    ['!Join [",", [[a]]]', 'Fn::Join needs a list'],
    ['!Join [[a]]', 'Fn::Join needs a separator'],
    ['!Select [3, !Ref List]', 'no member 3, it has 3'],
    ['!Select [-1, [a]]', 'Fn::Select needs an index'],
    ['!Select [first, [a]]', 'Fn::Select needs an index'],
    ['!Select [0, text]', 'Fn::Select needs an index and a list'],
    ['!Split ["", text]', 'Fn::Split needs a separator'],
    ['!Split [",", [a]]', 'Fn::Split needs a string'],
    ['{ "Fn::FindInMap": [Stages, prod, size] }', 'Mappings has no Stages.prod.size'],
    ['{ "Fn::FindInMap": [Stages, constructor, name] }', 'Mappings has no Stages.constructor.name'],
    ['{ "Fn::FindInMap": [Stages] }', 'Fn::FindInMap needs'],
    ['!If [Absent, 1, 2]', 'no condition Absent'],
    ['!If [toString, 1, 2]', 'no condition toString'],
    ['!If [Yes, 1]', 'Fn::If needs'],
    ['!If [Itself, 1, 2]', 'refers to itself'],
    ['!If [Malformed, 1, 2]', 'Fn::Equals needs'],
    ['!If [NoCondition, 1, 2]', 'a condition needs one of'],
    ['!Equals [a, b]', 'for conditions only'],
    ['{ "Fn::Length": text }', 'Fn::Length needs a list'],
    ['{ "Fn::Joni": [",", []] }', 'no intrinsic function Fn::Joni'],
    ['{ "Ref": Text, "Fn::Sub": a }', 'must be the only key'],
    ['[a, !Ref OddType, !Ref NoDefault]', 'OddType'],
  ])('%s', (expression, message) => {
    expect(evaluate(osls(expression))).toEqual({
      kind: 'invalid',
      message: expect.stringContaining(message),
    });
  });
});
