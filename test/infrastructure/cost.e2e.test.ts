import { beforeAll, describe, expect, test } from '@jest/globals';
import { sum } from '../../deployment/cost/amounts.ts';
import { monthlyFloor } from '../../deployment/cost/bill.ts';
import { plannedStage } from '../../deployment/cost/planned-floor.ts';
import { prices } from '../../deployment/cost/prices.ts';
import { METRICS, productionStage, type Stage, testStage } from '../../deployment/cost/workload.ts';
import { plannedConcurrency } from '../../deployment/stack/functions.ts';
import { PACKAGING_MS, packaged, SIZES, type VariantName } from '../support/packaged-templates.ts';
import type { Resources } from '../support/service-copy.ts';
import { costOf, metricsIn } from './template-cost.ts';

/** The variants of the infrastructure, and the stacks of each. */
let infrastructure: Record<'production' | 'small' | 'serverless', Resources>;
let application: Resources;
let setup: Resources;

const resourcesOf = async (name: VariantName): Promise<Resources> =>
  (await packaged(name)).template.Resources;

beforeAll(async () => {
  infrastructure = {
    production: await resourcesOf('infrastructure'),
    small: await resourcesOf('infrastructure of a test stage'),
    serverless: await resourcesOf('infrastructure with MSK Serverless'),
  };
  application = await resourcesOf('application');
  setup = await resourcesOf('setup');
}, PACKAGING_MS);

test('docs/cost.md counts the resources of the infrastructure, for a production stage and for a test stage', () => {
  expect(stageIn(infrastructure.production)).toEqual(productionStage);
  expect(stageIn(infrastructure.small)).toEqual(testStage);
});

test('the price that npm run deploy prints is that of the infrastructure with the same parameters', async () => {
  const made = await resourcesOf('infrastructure with every parameter');

  expect(stageIn(made)).toEqual(plannedStage(new Map(Object.entries(SIZES))));
});

test('npm run deploy plans with the reserved concurrency of the functions', () => {
  const reserved = Object.values(application).flatMap(({ Type, Properties }) =>
    Type === 'AWS::Lambda::Function' && Properties.ReservedConcurrentExecutions !== undefined
      ? [[Properties.FunctionName, Properties.ReservedConcurrentExecutions]]
      : [],
  );

  expect(Object.fromEntries(plannedConcurrency({ stage: 'prod', region: 'eu-west-1' }, false))).toEqual(
    Object.fromEntries(reserved),
  );
});

describe('every resource of the templates has a price, and their sum is the floor of docs/cost.md', () => {
  /** All stacks of a stage in one. The names of their resources do not matter here. */
  const stageWith = (below: Resources): Resources =>
    Object.fromEntries(
      [below, application, setup].flatMap((resources, stack) =>
        Object.entries(resources).map(([id, resource]) => [`${id}${stack}`, resource]),
      ),
    );
  /** docs/cost.md counts the maximum number of alarms. Metrics are not in a template. */
  const withoutMonitoring = (bill: Readonly<Record<string, number>>): number =>
    ['Alarm', 'CompositeAlarm', 'Dashboard'].reduce(
      (rest, type) => rest - (bill[`AWS::CloudWatch::${type}`] ?? 0),
      sum(bill),
    );

  test.each([
    ['a production stage', 'production', productionStage, 'provisioned', 1_200],
    ['a test stage', 'small', testStage, 'provisioned', 600],
    ['a stage on MSK Serverless', 'serverless', productionStage, 'serverless', 1_300],
  ] as const)('%s', (_what, kind, stage, kafka, limit) => {
    const bill = costOf(stageWith(infrastructure[kind]));
    const { 'alarms, metrics, dashboard': monitoring, ...floor } = monthlyFloor(stage, kafka);

    expect(withoutMonitoring(bill)).toBeCloseTo(sum(floor));
    expect(sum(bill) - withoutMonitoring(bill) + METRICS * prices.metric.usd).toBeLessThanOrEqual(monitoring);
    expect(sum(floor) + monitoring).toBeLessThan(limit); // becomes more expensive only on purpose
  });

  const resource = (Type: string, Properties: Record<string, unknown> = {}): Resources => ({
    Added: { Type, Properties },
  });
  test.each<[string, () => Resources]>([
    ['a type without a price', () => resource('AWS::ElastiCache::ReplicationGroup')],
    ['an interface endpoint', () => resource('AWS::EC2::VPCEndpoint', { VpcEndpointType: 'Interface' })],
    [
      'a provisioned database instance',
      () => resource('AWS::RDS::DBInstance', { DBInstanceClass: 'db.r8g.large' }),
    ],
    [
      'other brokers',
      () =>
        resource('AWS::MSK::Cluster', {
          BrokerNodeGroupInfo: { InstanceType: 'kafka.m7g.xlarge', StorageInfo: { EBSStorageInfo: {} } },
        }),
    ],
    [
      'provisioned pollers',
      () => resource('AWS::Lambda::EventSourceMapping', { ProvisionedPollerConfig: { MinimumPollers: 1 } }),
    ],
  ])('%s without a known price is an error', (_what, added) => {
    expect(() => costOf({ ...infrastructure.production, ...added() })).toThrow(/no price/i);
  });

  test.each([
    ['a NAT gateway', 'AWS::EC2::NatGateway'],
    ['an address', 'AWS::EC2::EIP'],
    ['a key', 'AWS::KMS::Key'],
    ['a proxy', 'AWS::RDS::DBProxy'],
  ])('%s more changes the sum', (_what, type) => {
    const { 'alarms, metrics, dashboard': _monitoring, ...floor } = monthlyFloor(
      productionStage,
      'provisioned',
    );
    const bill = costOf({ ...stageWith(infrastructure.production), ...resource(type) });

    expect(withoutMonitoring(bill)).toBeGreaterThan(sum(floor) + 0.5);
  });
});

test('resources that outlive their stack under a fixed name are those that "Removing" deletes by hand, so that the stage can be deployed again', () => {
  const names = [
    'ClusterName',
    'TopicName',
    'DBClusterIdentifier',
    'DBProxyName',
    'AliasName',
    'LogGroupName',
  ];
  const kept = [infrastructure.production, infrastructure.serverless, application, setup].map((resources) => [
    ...new Set(
      Object.values(resources).flatMap(({ Type, DeletionPolicy = 'Delete', Properties }) =>
        DeletionPolicy.startsWith('Retain') && names.some((name) => name in Properties) ? [Type] : [],
      ),
    ),
  ]);

  // topics are deleted with their cluster; a snapshot of the database has a random name
  expect(kept).toEqual([['AWS::MSK::Cluster', 'AWS::MSK::Topic'], ['AWS::MSK::ServerlessCluster'], [], []]);
  for (const resources of Object.values(infrastructure)) {
    expect(Object.values(resources).filter(({ DeletionPolicy }) => DeletionPolicy === 'Retain')).toEqual([]);
  }
});

function stageIn(resources: Resources): Stage {
  const ofType = (type: string): Record<string, unknown>[] =>
    Object.values(resources).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
  const [cluster] = ofType('AWS::MSK::Cluster');
  const [database] = ofType('AWS::RDS::DBCluster');
  return {
    brokers: Number(cluster?.NumberOfBrokerNodes),
    brokerGb: Object(cluster?.BrokerNodeGroupInfo).StorageInfo.EBSStorageInfo.VolumeSize,
    natGateways: ofType('AWS::EC2::NatGateway').length,
    databases: ofType('AWS::RDS::DBInstance').length,
    minimumAcu: Object(database?.ServerlessV2ScalingConfiguration).MinCapacity,
    alarmMetrics: ofType('AWS::CloudWatch::Alarm').reduce((sum, { Metrics }) => sum + metricsIn(Metrics), 0),
  };
}
