import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { copyService, type Resources, type ServiceCopy } from '../support/service-copy.ts';

const PACKAGING_MS = 180_000;
const CLUSTER = 'kafka:eu-west-1:000000000000';

let service: ServiceCopy;
let resources: Resources;

beforeAll(async () => {
  service = copyService();
  const { exitCode, output } = await service.npmRunPackage();
  if (exitCode !== 0) {
    throw new Error(output);
  }
  resources = service.resources();
}, PACKAGING_MS);

afterAll(() => service[Symbol.dispose]());

test('the mapping reads the topic from its first record, and its function ends within the 14 minutes that Lambda gives it', () => {
  const [mapping] = propertiesOf(resources, 'AWS::Lambda::EventSourceMapping');
  const processOrders = propertiesOf(resources, 'AWS::Lambda::Function').find(({ Handler }) =>
    String(Handler).includes('process-orders'),
  );

  expect(mapping).toMatchObject({
    StartingPosition: 'TRIM_HORIZON',
    Topics: ['orders'],
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'order-processing-group' },
  });
  expect(processOrders?.Timeout).toBeLessThanOrEqual(840);
});

test('without a receiver nobody is called: its mapping is off, and there is neither a URL nor a secret', () => {
  const [variables] = propertiesOf(resources, 'AWS::Lambda::Function').map(({ Environment }) => Environment);

  expect(fulfilmentMapping(resources)).toMatchObject({ Enabled: false });
  expect(variables).toMatchObject({ Variables: { FULFILMENT_URL: '', FULFILMENT_SECRET: '' } });
});

test(
  'with a receiver by parameter its mapping is on, for events that say PROCESSING, and the secret is a reference',
  async () => {
    using copy = copyService();
    const secretArn = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:fulfilment-AbCdEf';

    await copy.npmRunPackage([
      '--param=fulfilmentUrl=https://fulfilment.example/orders',
      `--param=fulfilmentSecretArn=${secretArn}`,
    ]);

    const [variables] = propertiesOf(copy.resources(), 'AWS::Lambda::Function').map((fn) => fn.Environment);
    expect(fulfilmentMapping(copy.resources())).toMatchObject({
      Enabled: true,
      Topics: ['orders.status'],
      FilterCriteria: { Filters: [{ Pattern: '{"value":{"status":["PROCESSING"]}}' }] },
    });
    expect(variables).toMatchObject({
      Variables: {
        FULFILMENT_URL: 'https://fulfilment.example/orders',
        FULFILMENT_SECRET: `{{resolve:secretsmanager:${secretArn}}}`,
      },
    });
  },
  PACKAGING_MS,
);

test(
  'a receiver without a secret is not packaged',
  async () => {
    using copy = copyService();

    const { exitCode, output } = await copy.npmRunPackage([
      '--param=fulfilmentUrl=https://fulfilment.example/orders',
    ]);

    expect(exitCode).toBe(1);
    expect(output).toContain('fulfilmentSecretArn is missing');
  },
  PACKAGING_MS,
);

test('every function runs on Node 24 on arm64, inside the VPC, with source maps', () => {
  for (const properties of propertiesOf(resources, 'AWS::Lambda::Function')) {
    expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(evaluate(properties.VpcConfig)).toEqual({
      SubnetIds: ['subnet-00000000000000001', 'subnet-00000000000000002'],
      SecurityGroupIds: ['sg-00000000000000001'],
    });
    expect(properties).toHaveProperty(
      'Environment.Variables.NODE_OPTIONS',
      expect.stringContaining('--enable-source-maps'),
    );
  }
});

test('every function has a log group that forgets after 30 days', () => {
  const functionNames = propertiesOf(resources, 'AWS::Lambda::Function').map((fn) => fn.FunctionName);
  const logGroups = propertiesOf(resources, 'AWS::Logs::LogGroup');

  expect(logGroups.map(({ LogGroupName }) => LogGroupName).sort()).toEqual(
    functionNames.map((name) => `/aws/lambda/${name}`).sort(),
  );
  for (const { RetentionInDays } of logGroups) {
    expect(RetentionInDays).toBe(30);
  }
});

test('the role may do in Kafka what the functions do, on their cluster, topic and group only', () => {
  const granted = statementsOf(resources).flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${action} ${evaluate(on)}`)),
  );
  const inKafka = granted.filter((line) => /^kafka/.test(line));

  const place = 'example/00000000-0000-0000-0000-000000000000-1';
  expect([...new Set(inKafka)].sort()).toEqual(
    [
      `kafka-cluster:Connect arn:aws:${CLUSTER}:cluster/${place}`,
      `kafka-cluster:DescribeCluster arn:aws:${CLUSTER}:cluster/${place}`,
      `kafka-cluster:DescribeTopic arn:aws:${CLUSTER}:topic/${place}/orders`,
      `kafka-cluster:ReadData arn:aws:${CLUSTER}:topic/${place}/orders`,
      `kafka-cluster:WriteData arn:aws:${CLUSTER}:topic/${place}/orders`,
      ...['orders.status', 'orders.dlq'].flatMap((topic) => [
        `kafka-cluster:DescribeTopic arn:aws:${CLUSTER}:topic/${place}/${topic}`,
        `kafka-cluster:WriteData arn:aws:${CLUSTER}:topic/${place}/${topic}`,
      ]),
      `kafka-cluster:ReadData arn:aws:${CLUSTER}:topic/${place}/orders.status`,
      ...['order-processing-group', 'order-fulfilment-group'].flatMap((group) => [
        `kafka-cluster:DescribeGroup arn:aws:${CLUSTER}:group/${place}/${group}`,
        `kafka-cluster:AlterGroup arn:aws:${CLUSTER}:group/${place}/${group}`,
      ]),
      `kafka:DescribeCluster arn:aws:${CLUSTER}:cluster/${place}`,
      `kafka:DescribeClusterV2 arn:aws:${CLUSTER}:cluster/${place}`,
      `kafka:GetBootstrapBrokers arn:aws:${CLUSTER}:cluster/${place}`,
    ].sort(),
  );
  expect(granted.filter((line) => line.endsWith(' *')).every((line) => line.startsWith('ec2:'))).toBe(true);
});

test('the database URL is a reference to the secret, and the template holds no URL', () => {
  const [first] = propertiesOf(resources, 'AWS::Lambda::Function');

  expect(first).toHaveProperty(
    'Environment.Variables.DATABASE_URL',
    '{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:000000000000:secret:example-AbCdEf}}',
  );
  expect(service.packaged('cloudformation-template-update-stack.json').toString()).not.toContain(
    'postgresql:',
  );
});

test(
  'a role by parameter is the role of every function, and no other one is made',
  async () => {
    using copy = copyService();
    const roleArn = 'arn:aws:iam::000000000000:role/platform';

    await copy.npmRunPackage([`--param=roleArn=${roleArn}`]);

    expect(propertiesOf(copy.resources(), 'AWS::IAM::Role')).toEqual([]);
    for (const { Role } of propertiesOf(copy.resources(), 'AWS::Lambda::Function')) {
      expect(Role).toBe(roleArn);
    }
  },
  PACKAGING_MS,
);

test(
  'a permissions boundary by parameter is set on the role, and another stage has functions of its own',
  async () => {
    using copy = copyService();
    const boundary = 'arn:aws:iam::000000000000:policy/boundary';
    const parameters = packageParameters(service);

    const { output } = await copy.serverless([
      ...['package', '--stage', 'dev', `--param=permissionsBoundaryArn=${boundary}`],
      ...parameters,
    ]);

    expect(output).toContain('Service packaged');
    expect(propertiesOf(copy.resources(), 'AWS::IAM::Role')).toEqual([
      expect.objectContaining({ PermissionsBoundary: boundary }),
    ]);
    for (const fn of propertiesOf(copy.resources(), 'AWS::Lambda::Function')) {
      expect(fn.FunctionName).toMatch(/^orderly-dev-/);
      expect(fn).toHaveProperty('Environment.Variables.STAGE', 'dev');
    }
  },
  PACKAGING_MS,
);

test(
  'what was packaged can be deployed later, without parameters: only the credentials are missing here',
  async () => {
    const { output } = await service.serverless(['deploy', '--stage', 'prod', '--package', '.serverless']);

    expect(output).toContain('AWS provider credentials not found');
  },
  PACKAGING_MS,
);

function fulfilmentMapping(from: Resources): Record<string, unknown> | undefined {
  return propertiesOf(from, 'AWS::Lambda::EventSourceMapping').find(
    ({ AmazonManagedKafkaEventSourceConfig: config }) =>
      JSON.stringify(config).includes('order-fulfilment-group'),
  );
}

function propertiesOf(from: Resources, type: string): Record<string, unknown>[] {
  return Object.values(from).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
}

const statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
});
const policies = z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) }));

function statementsOf(from: Resources): z.infer<typeof statement>[] {
  return propertiesOf(from, 'AWS::IAM::Role').flatMap(({ Policies }) =>
    policies.parse(Policies).flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
  );
}

/** What CloudFormation makes of `Fn::Join` and `Fn::Split`; other functions stay. */
function evaluate(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(evaluate);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const properties = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, evaluate(inner)]));
  const { 'Fn::Join': join, 'Fn::Split': split } = properties;
  if (join !== undefined) {
    const [separator, parts] = z.tuple([z.string(), z.array(z.string())]).parse(join);
    return parts.join(separator);
  }
  if (split !== undefined) {
    const [separator, text] = z.tuple([z.string(), z.string()]).parse(split);
    return text.split(separator);
  }
  return properties;
}

/** The `--param` arguments of `npm run package`. */
function packageParameters({ directory }: ServiceCopy): string[] {
  const manifest = z.object({ scripts: z.object({ package: z.string() }) });
  const { scripts } = manifest.parse(JSON.parse(readFileSync(`${directory}/package.json`, 'utf8')));
  return scripts.package.split(' ').filter((argument) => argument.startsWith('--param='));
}
