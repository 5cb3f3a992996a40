import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { decodeConfigs } from '../../deployment/checks/cluster.ts';
import { applicationSettings, setupSettings } from '../../deployment/stack/stage-settings.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import { copyService, type Ended, type ServiceCopy, type Template } from '../support/service-copy.ts';
import { mutations, rules } from './infrastructure-rules.ts';
import { portFindings, portMistakes } from './port-graph.ts';

const PACKAGING_MS = 180_000;

let service: ServiceCopy;
let kept: Template;

beforeAll(async () => {
  service = copyService();
  kept = await packaged('prod');
}, PACKAGING_MS);

afterAll(() => service[Symbol.dispose]());

describe('a stage that keeps its data', () => {
  test.each(Object.entries(rules))('has nowhere %s', (_name, findingsIn) => {
    expect(findingsIn(kept.Resources)).toEqual([]);
  });

  test.each(mutations)('with $breaks is found, by that rule only', ({ breaks, mistake }) => {
    const broken = structuredClone(kept.Resources);

    mistake(broken);

    const found = Object.entries(rules).filter(([, findingsIn]) => findingsIn(broken).length > 0);
    expect(found.map(([name]) => name)).toEqual([breaks]);
  });

  test('every rule has a mistake that shows that it finds something', () => {
    expect(new Set(mutations.map(({ breaks }) => breaks))).toEqual(new Set(Object.keys(rules)));
  });
});

describe('the security groups', () => {
  test.each([
    ['that keeps its data', []],
    ['for tests', ['--param=test=true']],
    ['with MSK Serverless', ['--param=kafka=serverless']],
  ])(
    'of a stage %s open the flows that are needed, at the ports of their servers, and no other',
    async (_kind, parameters) => {
      const { Resources } = await packaged('prod', parameters);

      expect(portFindings(Resources)).toEqual([]);
    },
  );

  test.each(portMistakes)('with $what are found', ({ mistake, found }) => {
    const broken = structuredClone(kept.Resources);

    mistake(broken);

    expect(portFindings(broken).join('\n')).toMatch(found);
  });

  test('open the ports that the URLs of the database name', () => {
    const urlOf = (value: unknown): unknown => ({ Value: { 'Fn::Sub': value } });

    expect(kept.Outputs).toMatchObject({
      databaseUrl: urlOf(expect.stringMatching(/\$\{Proxy\.Endpoint\}:5432\/orderly$/)),
      migrationDatabaseUrl: urlOf(expect.stringMatching(/:\$\{Database\.Endpoint\.Port\}\/orderly$/)),
    });
  });
});

test('the topics are those of the code, with its partitions and settings, and the prefix of the application', async () => {
  const wanted = (prefix: string): unknown[] =>
    Object.entries(topics).map(([name, settings]) => ({ name: `${prefix}${name}`, ...settings }));

  const another = await packaged('dev');
  const shared = await packaged('dev', ['--param=kafkaPrefix=shop.']);

  expect(topicsIn(kept)).toEqual(wanted(''));
  expect(topicsIn(another)).toEqual(wanted('dev.'));
  expect(topicsIn(shared)).toEqual(wanted('shop.'));
});

test('a topic that has what the brokers give has no settings of its own', () => {
  const withSettings = Object.values(kept.Resources).flatMap(({ Properties: { TopicName, Configs } }) =>
    Configs === undefined ? [] : [TopicName],
  );

  expect(withSettings).toEqual(['orders.dlq']);
});

test('every output is a parameter of the application or of its setup', () => {
  const declared = Object.keys({ ...applicationSettings.shape, ...setupSettings.shape });
  const outputs = Object.keys(kept.Outputs).filter((name) => !name.startsWith('ServerlessDeployment'));

  expect(outputs.filter((name) => name !== 'infrastructureParameters' && !declared.includes(name))).toEqual(
    [],
  );
  expect(outputs).toEqual(
    expect.arrayContaining(['kafkaClusterArn', 'databaseUrl', 'migrationSecretArn', 'vpcSubnetIds']),
  );
});

test('the stack says what it was deployed with, for the next deployment', async () => {
  const { Outputs } = await packaged('prod', ['--param=kafkaStorageGb=200']);

  expect(
    JSON.parse(z.object({ Value: z.string() }).parse(Outputs.infrastructureParameters).Value),
  ).toMatchObject({
    kafka: 'provisioned',
    kafkaStorageGb: '200',
    vpcCidr: '10.20.0.0/16',
    test: 'false',
  });
});

test('it does not say what is empty, since the framework takes no parameter without a value', () => {
  const said = z.object({ Value: z.string() }).parse(kept.Outputs.infrastructureParameters).Value;

  expect(Object.values(JSON.parse(said))).not.toContain('');
  expect(JSON.parse(said)).not.toHaveProperty('kafkaPrefix');
});

test('MSK Serverless has no topics as resources; the deployment of the application makes them', async () => {
  const template = await packaged('prod', ['--param=kafka=serverless']);

  expect(topicsIn(template)).toEqual([]);
  expect(Object.values(template.Resources).map(({ Type }) => Type)).toContain('AWS::MSK::ServerlessCluster');
});

test('a test stage is small, and everything goes with the stack', async () => {
  const { Resources } = await packaged('dev', ['--param=test=true']);
  const count = (type: string): number => Object.values(Resources).filter(({ Type }) => Type === type).length;

  expect(count('AWS::EC2::NatGateway')).toBe(1);
  expect(count('AWS::RDS::DBInstance')).toBe(1);
  expect(Resources.Kafka).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: { NumberOfBrokerNodes: 2, BrokerNodeGroupInfo: { InstanceType: 'kafka.m7g.large' } },
  });
  expect(Resources.DataKey).toMatchObject({ DeletionPolicy: 'Delete' });
  expect(Resources.Database).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: { DeletionProtection: false },
  });
});

test.each([
  ['is protected', [], true],
  ['is not while it is only being made', ['--param=isProtected=false'], false],
  ['is not as a test stage', ['--param=test=true'], false],
])('a stage %s: its stack and its database', async (_when, parameters, protection) => {
  const { Resources } = await packaged('prod', parameters);

  expect([isProtected(), Resources.Database?.Properties.DeletionProtection]).toEqual([
    protection,
    protection,
  ]);
});

test('two brokers keep two copies of the topics that Kafka makes for itself, of which one must acknowledge', async () => {
  const { Resources } = await packaged('dev', ['--param=test=true']);

  const ofTwo = String(Resources.KafkaConfiguration?.Properties.ServerProperties).split('\n');
  expect(ofTwo).toEqual(
    expect.arrayContaining([
      'offsets.topic.replication.factor=2',
      'transaction.state.log.replication.factor=2',
      'transaction.state.log.min.isr=1',
    ]),
  );
  expect(kept.Resources.KafkaConfiguration?.Properties.ServerProperties).not.toMatch(
    /^(offsets|transaction)/m,
  );
});

test.each([
  [100, 1_000],
  [2_000, 16_384],
])('volumes of %i GB grow to %i GB', async (from, to) => {
  const { Resources } = await packaged('prod', [`--param=kafkaStorageGb=${from}`]);

  expect(Resources.KafkaStorage?.Properties.MaxCapacity).toBe(to);
});

test('the alarms ask each broker of the cluster and the database, and tell the topic of the parameter', async () => {
  const topicArn = 'arn:aws:sns:eu-west-1:000000000000:orders-on-call';
  const eachBroker = ['orderly-prod 1', 'orderly-prod 2', 'orderly-prod 3'];

  const { Resources } = await packaged('prod', [`--param=alarmTopicArn=${topicArn}`]);

  expect(alarmsIn({ Resources })).toEqual([
    ['orderly-prod-KafkaOffline', ['orderly-prod'], [topicArn]],
    ['orderly-prod-KafkaDisk', eachBroker, [topicArn]],
    ['orderly-prod-KafkaUnderMinIsr', eachBroker, [topicArn]],
    ['orderly-prod-KafkaUnderReplicated', eachBroker, [topicArn]],
    ['orderly-prod-KafkaCpu', eachBroker.flatMap((broker) => [broker, broker]), [topicArn]],
    ['orderly-prod-DatabaseCapacity', [{ Ref: 'Database' }], [topicArn]],
    ['orderly-prod-ProxyLogIns', ['orderly-prod'], [topicArn]],
    ['orderly-prod-ProxyConnections', ['orderly-prod'], [topicArn]],
    ['orderly-prod-ProxyPinned', ['orderly-prod'], [topicArn]],
  ]);
  expect(Resources.Proxy?.Properties.DBProxyName).toBe('orderly-prod');
  expect(Resources.Kafka?.Properties.ClusterName).toBe('orderly-prod');
  expect(alarmsIn(kept).every(([, , actions]) => actions === undefined)).toBe(true);
});

test('RDS finds the log groups that it writes to, with a retention, when it makes the database and its proxy', () => {
  const { ProxyLogGroup, DatabaseLogGroup } = kept.Resources;
  const made = z
    .object({ Database: dependent, Proxy: dependent })
    .parse(JSON.parse(readFileSync(service.templateFile('infrastructure'), 'utf8')).Resources);

  expect(DatabaseLogGroup?.Properties).toMatchObject({
    LogGroupName: '/aws/rds/cluster/orderly-prod/postgresql',
    RetentionInDays: 30,
  });
  expect(ProxyLogGroup?.Properties).toMatchObject({
    LogGroupName: '/aws/rds/proxy/orderly-prod',
    RetentionInDays: 30,
  });
  expect([made.Database.DependsOn, made.Proxy.DependsOn]).toEqual([['DatabaseLogGroup'], ['ProxyLogGroup']]);
});

test('every alarm of the infrastructure has a row in docs/operations.md, and every row there an alarm', () => {
  const [, table = ''] = readFileSync('docs/operations.md', 'utf8').split('### Alarms of the infrastructure');
  const [rows = ''] = table.split('\n## ');

  const documented = [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => `orderly-prod-${name}`);

  expect(documented.sort()).toEqual(
    alarmsIn(kept)
      .map(([name]) => name)
      .sort(),
  );
});

test('with one NAT gateway every private subnet goes out by it', async () => {
  const { Resources } = await packaged('prod', ['--param=natGateways=one']);

  const gateways = Object.values(Resources).filter(({ Type }) => Type === 'AWS::EC2::NatGateway');
  const ways = Object.values(Resources).flatMap(({ Properties: { NatGatewayId } }) => NatGatewayId ?? []);
  expect(gateways).toHaveLength(1);
  expect(ways).toEqual([{ Ref: 'NatGateway1' }, { Ref: 'NatGateway1' }, { Ref: 'NatGateway1' }]);
});

test.each([
  ['kafka', 'confluent', 'provisioned or serverless'],
  ['natGateways', 'two', 'each or one'],
  ['test', 'yes', 'true or false'],
  ['isProtected', 'no', 'true or false'],
])('%s=%s is refused, and the message names the values that there are', async (name, value, values) => {
  await expect(packaged('prod', [`--param=${name}=${value}`])).rejects.toThrow(
    `The parameter ${name} is "${value}", but must be ${values}.`,
  );
});

test.each(['10.20.0.0/18', '10.20.0.0', 'fd00::/16'])(
  'vpcCidr=%s is refused: six subnets of /20 have no room in it',
  async (cidr) => {
    await expect(packaged('prod', [`--param=vpcCidr=${cidr}`])).rejects.toThrow(
      `The parameter vpcCidr is "${cidr}", but must be a block of /16 or /17`,
    );
  },
);

test.each([
  [
    'eu-west-1a,eu-west-1b',
    'must name 3 zones of eu-west-1, separated by commas, such as eu-west-1a,eu-west-1b,eu-west-1c.',
  ],
  ['eu-west-1a,eu-west-1a,eu-west-1b', 'must name 3 zones'],
  ['us-east-1a,us-east-1b,us-east-1c', 'must name 3 zones of eu-west-1'],
  ['euw1-az1,euw1-az2,euw1-az3', 'must name 3 zones'],
])('availabilityZones=%s is refused', async (zones, message) => {
  await expect(packaged('prod', [`--param=availabilityZones=${zones}`])).rejects.toThrow(message);
});

test.each(['cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'])(
  'in %s, which is in another partition, the infrastructure is refused before anything is made',
  async (region) => {
    await expect(packaged('prod', ['--region', region])).rejects.toThrow(
      `cannot be deployed in ${region}: it supports the partition aws only`,
    );
  },
);

test('zones by parameter are those of the subnets, a public and a private one in each', async () => {
  const zones = ['us-east-1b', 'us-east-1d', 'us-east-1f'];

  const { Resources } = await packaged('prod', [
    '--region',
    'us-east-1',
    `--param=availabilityZones=${zones}`,
  ]);

  const named = Object.values(Resources).flatMap(
    ({ Properties: { AvailabilityZone } }) => AvailabilityZone ?? [],
  );
  expect(named).toEqual(zones.flatMap((zone) => [zone, zone]));
});

/** What the framework will tell CloudFormation of the stack that was packaged last. */
function isProtected(): unknown {
  const state = readFileSync(
    join(service.directory, 'infrastructure/.serverless/serverless-state.json'),
    'utf8',
  );
  return z
    .object({ service: z.object({ provider: z.object({ deletionProtection: z.unknown() }) }) })
    .parse(JSON.parse(state)).service.provider.deletionProtection;
}

async function packaged(stage: string, parameters: readonly string[] = []): Promise<Template> {
  const { exitCode, output }: Ended = await service.serverless(
    ['package', '--stage', stage, ...parameters],
    'infrastructure',
  );
  if (exitCode !== 0) {
    throw new Error(output);
  }
  return service.template('infrastructure');
}

/** As in the code, with what the topics have from the brokers. */
function topicsIn({ Resources }: Template): unknown[] {
  const properties = String(Resources.KafkaConfiguration?.Properties.ServerProperties);
  const retentionHours = Number(/^log\.retention\.hours=(\d+)$/m.exec(properties)?.[1]);
  return Object.values(Resources).flatMap(({ Type, Properties: { TopicName, PartitionCount, Configs } }) => {
    if (Type !== 'AWS::MSK::Topic') {
      return [];
    }
    const configs = Configs === undefined ? {} : decodeConfigs(String(Configs));
    const largest = configs['max.message.bytes'];
    return [
      {
        name: TopicName,
        partitions: PartitionCount,
        retentionMs: Number(configs['retention.ms'] ?? retentionHours * 3_600_000),
        ...(largest !== undefined && { maxMessageBytes: Number(largest) }),
      },
    ];
  });
}

const dependent = z.object({ DependsOn: z.array(z.string()) });

const dimensions = z.array(z.object({ Name: z.string(), Value: z.unknown() }));
const alarm = z.object({
  AlarmName: z.string(),
  Dimensions: dimensions.optional(),
  Metrics: z
    .array(z.object({ MetricStat: z.object({ Metric: z.object({ Dimensions: dimensions }) }).optional() }))
    .default([]),
  AlarmActions: z.array(z.string()).optional(),
});

/** The name of each, what it asks, and whom it tells. */
function alarmsIn({ Resources }: Pick<Template, 'Resources'>): unknown[][] {
  const named = (of: z.infer<typeof dimensions>): unknown =>
    of.length === 1 ? of[0]?.Value : of.map(({ Value }) => Value).join(' ');
  return Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties }) => {
      const { AlarmName, Dimensions, Metrics, AlarmActions } = alarm.parse(Properties);
      const asked = [Dimensions, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric.Dimensions)];
      return [AlarmName, asked.flatMap((of) => (of ? [named(of)] : [])), AlarmActions];
    });
}
