import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { decodeConfigs } from '../../deployment/checks/cluster.ts';
import { applicationSettings, setupSettings } from '../../deployment/stack/stage-settings.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import {
  ON_CALL,
  PACKAGING_MS,
  type PackagedTemplate,
  packaged,
  SIZES,
  type VariantName,
  ZONES,
} from '../support/packaged-templates.ts';
import { copyService, type Template } from '../support/service-copy.ts';
import { mutations } from './infrastructure-mutations.ts';
import { rules } from './infrastructure-rules.ts';
import { portFindings, portMistakes } from './port-graph.ts';

let production: PackagedTemplate;
let kept: Template;
/** The template of a stage for tests. */
let small: Template;
let serverless: Template;
/** The template of a stage with every parameter. */
let complete: PackagedTemplate;

beforeAll(async () => {
  production = await packaged('infrastructure');
  kept = production.template;
  small = (await packaged('infrastructure of a test stage')).template;
  serverless = (await packaged('infrastructure with MSK Serverless')).template;
  complete = await packaged('infrastructure with every parameter');
}, PACKAGING_MS);

describe('a stage that keeps its data', () => {
  test.each(Object.entries(rules))('has nowhere %s', (_name, findingsIn) => {
    expect(findingsIn(kept.Resources)).toEqual([]);
  });

  test.each(mutations)('with $breaks violates exactly that rule', ({ breaks, mistake }) => {
    const broken = structuredClone(kept.Resources);

    mistake(broken);

    const found = Object.entries(rules).filter(([, findingsIn]) => findingsIn(broken).length > 0);
    expect(found.map(([name]) => name)).toEqual([breaks]);
  });

  test('every rule has a mutation that violates it', () => {
    expect(new Set(mutations.map(({ breaks }) => breaks))).toEqual(new Set(Object.keys(rules)));
  });
});

describe('the security groups', () => {
  test.each<[string, () => Template]>([
    ['that keeps its data', () => kept],
    ['for tests', () => small],
    ['with MSK Serverless', () => serverless],
    ['with every parameter', () => complete.template],
  ])('of a stage %s allow exactly the needed flows, at the ports of their servers', (_kind, template) => {
    expect(portFindings(template().Resources)).toEqual([]);
  });

  test.each(portMistakes)('with $what are found', ({ mistake, found }) => {
    const broken = structuredClone(kept.Resources);

    mistake(broken);

    expect(portFindings(broken).join('\n')).toMatch(found);
  });

  test('allow the ports of the database URLs', () => {
    const urlOf = (value: unknown): unknown => ({ Value: { 'Fn::Sub': value } });

    expect(kept.Outputs).toMatchObject({
      databaseUrl: urlOf(expect.stringMatching(/\$\{Proxy\.Endpoint\}:5432\/orderly$/)),
      migrationDatabaseUrl: urlOf(expect.stringMatching(/:\$\{Database\.Endpoint\.Port\}\/orderly$/)),
    });
  });
});

test('the topics are those of the code, with its partitions and settings, and the prefix of the application', () => {
  const wanted = (prefix: string): unknown[] =>
    Object.entries(topics).map(([name, settings]) => ({ name: `${prefix}${name}`, ...settings }));

  expect(topicsIn(kept)).toEqual(wanted(''));
  expect(topicsIn(small)).toEqual(wanted('dev.'));
  expect(topicsIn(complete.template)).toEqual(wanted('shop.'));
});

test('a topic with the defaults of the brokers has no settings of its own', () => {
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

test('the stack outputs its parameters for the next deployment', () => {
  const { Outputs } = complete.template;

  expect(
    JSON.parse(z.object({ Value: z.string() }).parse(Outputs.infrastructureParameters).Value),
  ).toMatchObject({
    kafka: 'provisioned',
    ...SIZES,
    vpcCidr: '10.20.0.0/16',
    test: 'false',
  });
});

test('the output has no empty parameter, because the framework rejects a parameter without a value', () => {
  const said = z.object({ Value: z.string() }).parse(kept.Outputs.infrastructureParameters).Value;

  expect(Object.values(JSON.parse(said))).not.toContain('');
  expect(JSON.parse(said)).not.toHaveProperty('kafkaPrefix');
});

test('MSK Serverless has no topics as resources; the deployment of the application creates them', () => {
  expect(topicsIn(serverless)).toEqual([]);
  expect(Object.values(serverless.Resources).map(({ Type }) => Type)).toContain(
    'AWS::MSK::ServerlessCluster',
  );
});

test('a test stage is small, and the removal of its stack deletes everything', () => {
  const { Resources } = small;
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

test.each<[string, VariantName, boolean]>([
  ['is protected', 'infrastructure', true],
  ['is not protected during its creation', 'infrastructure with every parameter', false],
  ['is not protected as a test stage', 'infrastructure of a test stage', false],
])('a stage %s: its stack and its database', async (_when, variant, protection) => {
  const made = await packaged(variant);

  expect([isProtected(made), made.template.Resources.Database?.Properties.DeletionProtection]).toEqual([
    protection,
    protection,
  ]);
});

test('two brokers keep two replicas of internal topics, of which one must acknowledge', () => {
  const ofTwo = String(small.Resources.KafkaConfiguration?.Properties.ServerProperties).split('\n');

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

test('volumes of 100 GB grow to 1000 GB, and those of another size to ten times that', () => {
  expect(kept.Resources.KafkaStorage?.Properties.MaxCapacity).toBe(1_000);
  expect(complete.template.Resources.KafkaStorage?.Properties.MaxCapacity).toBe(
    10 * Number(SIZES.kafkaStorageGb),
  );
});

test('the alarms watch each broker of the cluster and the database, and notify the topic of the parameter', () => {
  const eachBroker = ['orderly-prod 1', 'orderly-prod 2', 'orderly-prod 3'];
  const { Resources } = complete.template;

  expect(alarmsIn({ Resources })).toEqual([
    ['orderly-prod-KafkaOffline', ['orderly-prod'], [ON_CALL]],
    ['orderly-prod-KafkaDisk', eachBroker, [ON_CALL]],
    ['orderly-prod-KafkaUnderMinIsr', eachBroker, [ON_CALL]],
    ['orderly-prod-KafkaUnderReplicated', eachBroker, [ON_CALL]],
    ['orderly-prod-KafkaCpu', eachBroker.flatMap((broker) => [broker, broker]), [ON_CALL]],
    ['orderly-prod-DatabaseCapacity', [{ Ref: 'Database' }], [ON_CALL]],
    ['orderly-prod-ProxyLogIns', ['orderly-prod'], [ON_CALL]],
    ['orderly-prod-ProxyConnections', ['orderly-prod'], [ON_CALL]],
    ['orderly-prod-ProxyPinned', ['orderly-prod'], [ON_CALL]],
  ]);
  expect(Resources.Proxy?.Properties.DBProxyName).toBe('orderly-prod');
  expect(Resources.Kafka?.Properties.ClusterName).toBe('orderly-prod');
  expect(alarmsIn(kept).every(([, , actions]) => actions === undefined)).toBe(true);
});

test('RDS finds the log groups that it writes to, with a retention, when it creates the database and its proxy', () => {
  const { ProxyLogGroup, DatabaseLogGroup } = kept.Resources;
  const made = z
    .object({ Database: dependent, Proxy: dependent })
    .parse(JSON.parse(readFileSync(production.file, 'utf8')).Resources);

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
  const [rows = ''] = table.split(/\n#{2,3} /);

  const documented = [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => `orderly-prod-${name}`);

  expect(documented.sort()).toEqual(
    alarmsIn(kept)
      .map(([name]) => name)
      .sort(),
  );
});

test('with one NAT gateway every private subnet uses it', () => {
  const resources = Object.values(complete.template.Resources);
  const gateways = resources.filter(({ Type }) => Type === 'AWS::EC2::NatGateway');
  const ways = resources.flatMap(({ Properties: { NatGatewayId } }) => NatGatewayId ?? []);

  expect(gateways).toHaveLength(1);
  expect(ways).toEqual([{ Ref: 'NatGateway1' }, { Ref: 'NatGateway1' }, { Ref: 'NatGateway1' }]);
});

test('the subnets are in the zones of the parameter, a public and a private one in each', () => {
  const named = Object.values(complete.template.Resources).flatMap(
    ({ Properties: { AvailabilityZone } }) => AvailabilityZone ?? [],
  );

  expect(named).toEqual(ZONES.flatMap((zone) => [zone, zone]));
});

test(
  'a parameter with a wrong value stops the packaging with a message that names the valid ones',
  async () => {
    using copy = copyService();

    const { exitCode, output } = await copy.serverless(
      ['package', '--stage', 'prod', '--param=kafka=confluent'],
      'infrastructure',
    );

    expect(exitCode).toBe(1);
    expect(output).toContain('The parameter kafka is "confluent", but must be provisioned or serverless.');
  },
  PACKAGING_MS,
);

/** Returns whether the framework enables the termination protection of the stack. */
function isProtected({ file }: PackagedTemplate): unknown {
  const state = readFileSync(join(dirname(file), 'serverless-state.json'), 'utf8');
  return z
    .object({ service: z.object({ provider: z.object({ deletionProtection: z.unknown() }) }) })
    .parse(JSON.parse(state)).service.provider.deletionProtection;
}

/** Returns the topics as in the code, with the settings that they inherit from the brokers. */
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

/** Returns the name of each alarm, its dimensions, and its actions. */
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
