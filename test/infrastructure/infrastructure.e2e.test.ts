import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { topics } from '../../lib/kafka/topics.ts';
import { copyService, type Ended, type ServiceCopy, type Template } from '../support/service-copy.ts';
import { mutations, rules } from './infrastructure-rules.ts';

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

test('the topics are those of the code, with its partitions and settings; another stage has a prefix', async () => {
  const wanted = (prefix: string): unknown[] =>
    Object.entries(topics).map(([name, { partitions, retentionMs, maxMessageBytes }]) => ({
      name: `${prefix}${name}`,
      partitions,
      configs: [
        `retention.ms=${retentionMs}`,
        ...(maxMessageBytes ? [`max.message.bytes=${maxMessageBytes}`] : []),
      ],
    }));

  const another = await packaged('dev');

  expect(topicsIn(kept)).toEqual(wanted(''));
  expect(topicsIn(another)).toEqual(wanted('dev.'));
});

test('every output is a parameter of the application or of its preparation', () => {
  const declared = ['serverless.yml', 'serverless.preparation.yml'].flatMap((file) => {
    const { custom } = z
      .object({
        custom: z.object({
          'stage-parameters': z.object({
            required: z.record(z.string(), z.unknown()),
            optional: z.record(z.string(), z.unknown()),
          }),
        }),
      })
      .parse(parse(readFileSync(file, 'utf8')));
    const { required, optional } = custom['stage-parameters'];
    return [...Object.keys(required), ...Object.keys(optional)];
  });
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
  expect(Resources.Kafka).toMatchObject({ DeletionPolicy: 'Delete', Properties: { NumberOfBrokerNodes: 2 } });
  expect(Resources.DataKey).toMatchObject({ DeletionPolicy: 'Delete' });
  expect(Resources.Database).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: { DeletionProtection: false },
  });
});

test('the stack cannot be deleted by mistake, unless it is a test stage', async () => {
  await packaged('prod');
  const ofProduction = isProtected();
  await packaged('dev', ['--param=test=true']);
  const ofTest = isProtected();

  expect(ofProduction).toBe(true);
  expect(ofTest).toBe(false);
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
])('%s=%s is refused, and the message names the values that there are', async (name, value, values) => {
  await expect(packaged('prod', [`--param=${name}=${value}`])).rejects.toThrow(
    `The parameter ${name} is "${value}", but must be ${values}.`,
  );
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

function topicsIn({ Resources }: Template): unknown[] {
  return Object.values(Resources).flatMap(({ Type, Properties: { TopicName, PartitionCount, Configs } }) =>
    Type === 'AWS::MSK::Topic'
      ? [
          {
            name: TopicName,
            partitions: PartitionCount,
            configs: Buffer.from(String(Configs), 'base64').toString().trim().split('\n'),
          },
        ]
      : [],
  );
}
