import { beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { functions, type Grant } from '../../deployment/stack/functions.ts';
import { PACKAGING_MS, packaged } from '../support/packaged-templates.ts';
import type { Resources } from '../support/service-copy.ts';
import { functionNames, grantsOf, inCluster, PLACE, propertiesOf, statementsOf } from './granted.ts';

let resources: Resources;
/** Resources with every parameter. */
let complete: Resources;

beforeAll(async () => {
  resources = (await packaged('application')).template.Resources;
  complete = (await packaged('application with every parameter')).template.Resources;
}, PACKAGING_MS);

test('each role has the statements of the grants of its function, and no others', () => {
  const cluster = `arn:aws:kafka:eu-west-1:000000000000:cluster/${PLACE}`;
  const database = 'rds-db:connect dbuser:prx-00000000000000001/orderly_app';
  const connect = `kafka-cluster:Connect ${cluster}`;
  const describe = (topic: string): string => `kafka-cluster:DescribeTopic ${inCluster('topic', topic)}`;
  const write = (...topics: string[]): string[] => [
    connect,
    ...topics.flatMap((topic) => [describe(topic), `kafka-cluster:WriteData ${inCluster('topic', topic)}`]),
  ];
  const read = (topic: string, group: string): string[] => [
    connect,
    describe(topic),
    `kafka-cluster:ReadData ${inCluster('topic', topic)}`,
    `kafka-cluster:AlterGroup ${inCluster('group', group)}`,
    `kafka-cluster:DescribeGroup ${inCluster('group', group)}`,
    `kafka-cluster:DescribeClusterDynamicConfiguration ${cluster}`,
    `kafka:DescribeClusterV2 ${cluster}`,
    'kafka:GetBootstrapBrokers *',
    ...['ec2:DescribeSecurityGroups *', 'ec2:DescribeVpcs *'],
  ];
  /** Independent of roles.ts, which creates the statements. */
  const linesOf = (grant: Grant): string[] => {
    switch (grant.to) {
      case 'log in to the database':
        return [database];
      case 'sign calls':
        return []; // without a receiver there is no secret
      case 'send spans':
        return []; // without an endpoint of CloudWatch
      case 'describe':
        return [connect, ...grant.topics.map(describe)];
      case 'produce':
        return write(...grant.topics);
      case 'consume':
        return read(grant.consumer.topic, grant.consumer.group);
      case 'inspect':
        return [
          connect,
          describe(grant.consumer.topic),
          `kafka-cluster:DescribeGroup ${inCluster('group', grant.consumer.group)}`,
        ];
    }
  };

  const granted = Object.fromEntries(
    functionNames(resources).map((name) => [name, grantsOf(resources, name)]),
  );

  expect(granted).toEqual(
    Object.fromEntries(
      Object.entries(functions).map(([name, { grants }]) => [
        name,
        [...new Set(grants.flatMap(linesOf))].sort(),
      ]),
    ),
  );
  // Written apart from the table too, so that a wrong line in it is found. A new function needs no line here.
  const today: Record<string, string[]> = {
    welcome: [],
    contracts: [],
    reference: [],
    health: [connect, describe('orders'), database],
    createOrder: [...write('orders'), database],
    createOrdersBulk: [...write('orders'), database],
    cancelOrder: [...write('orders'), database],
    notFound: [...write('orders'), database],
    getOrder: [database],
    listOrders: [database],
    orderHistory: [database],
    processOrders: [
      ...read('orders', 'order-processing-group'),
      ...write('orders.status', 'orders.dlq'),
      database,
    ],
    fulfilOrders: [
      ...read('orders.status', 'order-fulfilment-group'),
      ...write('orders.status', 'orders.dlq'),
      database,
    ],
    retryOrders: [...write('orders.status', 'orders.dlq'), database],
    relayOutbox: [...write('orders', 'orders.status', 'orders.dlq'), database],
    prune: [database],
    publishGauges: [
      ...[connect, describe('orders'), describe('orders.status'), database],
      `kafka-cluster:DescribeGroup ${inCluster('group', 'order-processing-group')}`,
      `kafka-cluster:DescribeGroup ${inCluster('group', 'order-fulfilment-group')}`,
    ],
  };
  expect(granted).toMatchObject(
    Object.fromEntries(Object.entries(today).map(([name, lines]) => [name, [...new Set(lines)].sort()])),
  );
});

test('exactly the functions without Kafka and database are outside of the VPC', () => {
  const outside = propertiesOf(resources, 'AWS::Lambda::Function').flatMap(({ FunctionName, VpcConfig }) =>
    VpcConfig === undefined ? [String(FunctionName).replace('orderly-prod-', '')] : [],
  );

  expect(outside).toEqual(functionNames(resources).filter((name) => grantsOf(resources, name).length === 0));
  expect(outside).toEqual(['welcome', 'contracts', 'reference']);
});

test('where the stage sends its traces to CloudWatch, exactly the functions that make spans may do so', () => {
  expect(functionNames(complete).filter((name) => !maySendSpans(name))).toEqual(['prune', 'publishGauges']);
  expect(grantsOf(complete, 'welcome')).toEqual(['xray:PutSpans *', 'xray:PutSpansForIndexing *']);
  expect(JSON.stringify(statementsOf(resources))).not.toContain('xray');
});

test('a role has the resource "*" only where AWS requires it: network interfaces, their descriptions, the addresses of brokers, and spans', () => {
  const everywhere = statementsOf(complete)
    .filter(({ Resource }) => [Resource].flat().includes('*'))
    .flatMap(({ Action }) => Action);

  expect([...new Set(everywhere)].filter((action) => !action.startsWith('ec2:'))).toEqual([
    'xray:PutSpans',
    'xray:PutSpansForIndexing',
    'kafka:GetBootstrapBrokers',
  ]);
  expect(statementsOf(complete).flatMap(({ Action }) => Action)).not.toContainEqual(
    expect.stringContaining('*'),
  );
});

test('a function may connect to the database, write or describe topics, or send spans exactly if its bundle has the code for that', async () => {
  const permissions = Object.fromEntries(
    functionNames(resources).map((name) => [
      name,
      { ...abilities(grantsOf(resources, name)), traces: maySendSpans(name) },
    ]),
  );

  const code = await Promise.all(
    propertiesOf(resources, 'AWS::Lambda::Function').map(async ({ Handler, FunctionName }) => {
      const bundled = await modulesOf(String(Handler).replace(/\.handler$/, '.ts'));
      return [
        String(FunctionName).replace('orderly-prod-', ''),
        {
          database: bundled.has('lib/postgres/database.ts'),
          writes: bundled.has('lib/kafka/producer/producer.ts'),
          looks: ['producer/producer', 'cluster-check', 'group-lag'].some((file) =>
            bundled.has(`lib/kafka/${file}.ts`),
          ),
          traces: bundled.has('lib/observability/traces/export-spans.ts'),
        },
      ] as const;
    }),
  );

  expect(permissions).toEqual(Object.fromEntries(code));
});

test('a failed scheduled invocation is not retried before its next schedule', () => {
  const ticks = propertiesOf(resources, 'AWS::Events::Rule').map(({ ScheduleExpression, Targets }) => [
    idIn(Object(Targets)[0].Arn),
    ScheduleExpression === 'rate(1 hour)' ? 3_600 : 60,
  ]);
  const settings = propertiesOf(resources, 'AWS::Lambda::EventInvokeConfig');

  expect(settings.every(({ MaximumRetryAttempts }) => MaximumRetryAttempts === 0)).toBe(true);
  expect(
    settings.map(({ FunctionName, MaximumEventAgeInSeconds }) => [
      idIn(FunctionName),
      MaximumEventAgeInSeconds,
    ]),
  ).toEqual(expect.arrayContaining(ticks));
  expect(settings).toHaveLength(ticks.length);
});

/** Returns the logical id in `Ref` or `Fn::GetAtt`. */
const idIn = (value: unknown): unknown => Object(value).Ref ?? Object(value)['Fn::GetAtt']?.[0];

/** Only a stage that sends its traces to CloudWatch has this permission. */
const maySendSpans = (name: string): boolean =>
  grantsOf(complete, name).some((line) => line.startsWith('xray:PutSpans '));

function abilities(grants: readonly string[]): Record<'database' | 'writes' | 'looks', boolean> {
  const may = (action: string): boolean => grants.some((line) => line.startsWith(`${action} `));
  return {
    database: may('rds-db:connect'),
    writes: may('kafka-cluster:WriteData'),
    looks: may('kafka-cluster:DescribeTopic'),
  };
}

/** Returns our modules with code in the bundle of a function. */
async function modulesOf(entry: string): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  return new Set(
    Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  );
}
