import { describe, expect, test } from '@jest/globals';
import type { Resources } from '../../deployment/stack/framework.ts';
import { database } from '../../infrastructure/resources/database.ts';
import { encryption } from '../../infrastructure/resources/encryption.ts';
import { kafka } from '../../infrastructure/resources/kafka.ts';
import { network, privateSubnetIds } from '../../infrastructure/resources/network.ts';
import { ownParameters } from '../../infrastructure/resources/own-parameters.ts';
import { isProtected } from '../../infrastructure/resources/stage.ts';
import { type ServiceStage, serviceVariables } from '../support/service-variables.ts';

/** The functions that create the infrastructure, called without the framework. */

const variables = (parameters: ServiceStage['parameters'] = {}, region = 'eu-west-1') =>
  serviceVariables({ file: 'infrastructure/serverless.yml', stage: 'prod', region, parameters });

async function resources(...given: Parameters<typeof variables>): Promise<Resources> {
  const parts = await Promise.all(
    [network, encryption, kafka, database].map((create) => create(variables(...given))),
  );
  return Object.assign({}, ...parts.map((part) => part.Resources));
}

const count = (all: Resources, type: string): number =>
  Object.values(all).filter(({ Type }) => Type === type).length;

test('a stage that keeps its data has three zones, and retains resources with data', async () => {
  const all = await resources();

  expect(count(all, 'AWS::EC2::NatGateway')).toBe(3);
  expect(count(all, 'AWS::RDS::DBInstance')).toBe(2);
  expect(all.Kafka?.DeletionPolicy).toBe('RetainExceptOnCreate');
  expect(all.Database).toMatchObject({ DeletionPolicy: 'Snapshot', UpdateReplacePolicy: 'Snapshot' });
});

test('a stage for tests is small, and deletes everything with its stack', async () => {
  const all = await resources({ test: 'true' });

  expect(count(all, 'AWS::EC2::NatGateway')).toBe(1);
  expect(count(all, 'AWS::RDS::DBInstance')).toBe(1);
  expect(all.Kafka).toMatchObject({ DeletionPolicy: 'Delete', Properties: { NumberOfBrokerNodes: 2 } });
  expect(all.KafkaConfiguration?.Properties.ServerProperties).toContain('offsets.topic.replication.factor=2');
  expect(all.Database?.Properties.ServerlessV2ScalingConfiguration).toMatchObject({ MinCapacity: 0.5 });
});

test.each([
  [{}, true],
  [{ isProtected: 'false' }, false],
  [{ test: 'true' }, false],
])('the protection of the stack and of the database with %j is %j', async (parameters, expected) => {
  expect(await isProtected(variables(parameters))).toBe(expected);
  expect((await resources(parameters)).Database?.Properties.DeletionProtection).toBe(expected);
});

test('with one NAT gateway the private subnets of all zones use it', async () => {
  const all = await resources({ natGateways: 'one' });

  expect(Object.values(all).flatMap(({ Properties: { NatGatewayId } }) => NatGatewayId ?? [])).toEqual(
    Array.from({ length: 3 }, () => ({ Ref: 'NatGateway1' })),
  );
});

test('MSK Serverless has neither brokers nor topics as resources', async () => {
  const all = await resources({ kafka: 'serverless' });

  expect(count(all, 'AWS::MSK::ServerlessCluster')).toBe(1);
  expect(count(all, 'AWS::MSK::Topic')).toBe(0);
});

test.each([
  ['100', 1_000],
  ['2000', 16_384],
])('volumes of %s GB grow to %i GB', async (kafkaStorageGb, maximum) => {
  expect((await resources({ kafkaStorageGb })).KafkaStorage?.Properties.MaxCapacity).toBe(maximum);
});

test('the topics have the prefix of the parameter', async () => {
  const all = await resources({ kafkaPrefix: 'shop.' });

  expect(all.TopicOrdersStatus?.Properties.TopicName).toBe('shop.orders.status');
});

test('the alarms notify the topic of the parameter', async () => {
  const topic = 'arn:aws:sns:eu-west-1:000000000000:orders-on-call';
  const actions = (all: Resources): unknown[] =>
    Object.values(all).flatMap(({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm' ? [Properties.AlarmActions] : [],
    );

  expect(new Set(actions(await resources({ alarmTopicArn: topic })).map(String))).toEqual(new Set([topic]));
  expect(new Set(actions(await resources()))).toEqual(new Set([undefined]));
});

test('the outputs contain the parameters of the deployment, without empty ones, and the private subnets', async () => {
  const { Outputs } = await ownParameters(variables({ kafkaStorageGb: '200' }));
  const said = JSON.parse(Outputs.infrastructureParameters?.Value ?? '');

  expect(said).toMatchObject({ kafka: 'provisioned', kafkaStorageGb: '200', test: 'false' });
  expect(Object.values(said)).not.toContain('');
  expect(await privateSubnetIds(variables({ test: 'true' }))).toEqual({
    'Fn::Join': [',', [{ Ref: 'PrivateSubnet1' }, { Ref: 'PrivateSubnet2' }]],
  });
});

describe('the zones', () => {
  test('of the parameter have a public and a private subnet each', async () => {
    const zones = ['us-east-1b', 'us-east-1d', 'us-east-1f'];
    const all = await resources({ availabilityZones: zones.join() }, 'us-east-1');

    expect(Object.values(all).flatMap(({ Properties }) => Properties.AvailabilityZone ?? [])).toEqual(
      zones.flatMap((zone) => [zone, zone]),
    );
  });

  test.each([
    ['eu-west-1a,eu-west-1b', /such as eu-west-1a,eu-west-1b,eu-west-1c\.$/],
    ['eu-west-1a,eu-west-1a,eu-west-1b', /must name 3 zones/],
    ['us-east-1a,us-east-1b,us-east-1c', /must name 3 zones of eu-west-1/],
    ['euw1-az1,euw1-az2,euw1-az3', /must name 3 zones/],
  ])('%s are rejected', async (availabilityZones, message) => {
    await expect(network(variables({ availabilityZones }))).rejects.toThrow(message);
  });

  test.each(['cn-north-1', 'us-gov-west-1', 'eusc-de-east-1'])(
    'of %s, a region of another partition, are rejected',
    async (region) => {
      await expect(network(variables({}, region))).rejects.toThrow(
        `cannot be deployed in ${region}: it supports the partition aws only`,
      );
    },
  );
});
