import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { productionStage, type Stage, testStage } from '../../deployment/cost/workload.ts';
import { copyService, type Resources, type ServiceCopy } from '../support/service-copy.ts';

const PACKAGING_MS = 180_000;

let service: ServiceCopy;

beforeAll(() => {
  service = copyService();
});

afterAll(() => service[Symbol.dispose]());

test(
  'docs/cost.md reckons with what the infrastructure makes, for a production stage and for a test stage',
  async () => {
    const production = stageIn(await packaged('prod'));
    const small = stageIn(await packaged('dev', ['--param=test=true']));

    expect(production).toEqual(productionStage);
    expect(small).toEqual(testStage);
  },
  PACKAGING_MS,
);

async function packaged(stage: string, parameters: readonly string[] = []): Promise<Resources> {
  const { exitCode, output } = await service.serverless(
    ['package', '--stage', stage, ...parameters],
    'infrastructure',
  );
  if (exitCode !== 0) {
    throw new Error(output);
  }
  return service.template('infrastructure').Resources;
}

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
  };
}
