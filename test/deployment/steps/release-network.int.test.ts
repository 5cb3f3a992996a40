import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { releaseNetwork } from '../../../deployment/steps/release-network.ts';
import { type FakeAws, fakeAws } from '../../support/fake-aws.ts';

const CLUSTER = 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/00000000-1';
const EACH_FUNCTION = 'AWS::Lambda::Function';

let aws: FakeAws;

beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
});
/** A stage with a function in its own security group, and a mapping with interfaces in that of the brokers. */
beforeEach(async () => {
  aws = await fakeAws();
  process.env.AWS_ENDPOINT_URL = aws.url;
  aws.state.cluster = { state: 'ACTIVE', groups: ['sg-0b'] };
  aws.state.stacks = {
    'orderly-dev': {
      status: 'UPDATE_COMPLETE',
      resources: {
        ProcessOrders: [EACH_FUNCTION, 'orderly-dev-processOrders'],
        Welcome: [EACH_FUNCTION, 'orderly-dev-welcome'],
        Mapping: ['AWS::Lambda::EventSourceMapping', 'uuid'],
        Role: ['AWS::IAM::Role', 'orderly-dev-role'],
      },
      template: '{"SecurityGroupIds":{"Fn::Split":[",","sg-0a"]}}',
    },
  };
  aws.state.deployed = { 'orderly-dev-processOrders': ['sg-0a'], 'orderly-dev-welcome': [] };
  aws.state.mappings = {
    uuid: { functionName: 'orderly-dev-processOrders', clusterArn: CLUSTER, says: [{ state: 'Enabled' }] },
  };
  aws.state.interfaces = [
    { id: 'eni-1', group: 'sg-0a', type: 'lambda', description: '', holder: 'orderly-dev-processOrders' },
    { id: 'eni-2', group: 'sg-0b', description: 'AWS Lambda VPC ENI-of-a-mapping', holder: 'uuid' },
    { id: 'eni-3', group: 'sg-0b', description: 'DO NOT DELETE - Amazon MSK network interface' },
  ];
});
afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await aws[Symbol.asyncDispose]();
});

async function release(timeoutMs = 60_000): Promise<{ lines: string[]; failure: string | undefined }> {
  const lines: string[] = [];
  const print = (line: string): number => lines.push(line);
  const failure = await releaseNetwork(
    { stacks: ['orderly-dev'], region: 'eu-west-1', clusterArn: CLUSTER, timeoutMs, intervalMs: 1 },
    { step: print, warn: print, print },
  ).then(
    () => undefined,
    (error: unknown) => (Error.isError(error) ? error.message : String(error)),
  );
  return { lines, failure };
}

const left = (): string[] => aws.state.interfaces.map(({ id }) => id);

describe('the network of a stage', () => {
  test('is left by mappings and functions; the removal waits for Lambda, and brokers stay', async () => {
    for (const one of aws.state.interfaces) {
      one.looks = 3;
    }

    const { lines, failure } = await release();

    expect(failure).toBeUndefined();
    expect(aws.state.mappings).toEqual({});
    expect(aws.state.deployed['orderly-dev-processOrders']).toEqual([]);
    expect(left()).toEqual(['eni-3']);
    expect(lines).toEqual([
      'Wait until Lambda has deleted 2 mappings and network interfaces (up to 20 minutes)',
    ]);
  });

  test('is released by a repeated command, although its functions have already left it', async () => {
    for (const one of aws.state.interfaces) {
      one.looks = 1_000_000;
    }
    expect((await release(300)).failure).toContain('Lambda has not deleted eni-1, eni-2.');

    const { failure } = await release(300);

    expect(failure).toContain('Lambda has not deleted eni-1, eni-2.');
    expect(failure).toContain('its stacks still exist.');
    expect(failure).toContain('aws ec2 delete-network-interface --region eu-west-1');
  });

  test('that other functions use is not waited for, and its functions stay in it', async () => {
    aws.state.deployed['orderly-dev-2-getOrder'] = ['sg-0a']; // of another stage, whose name begins the same

    expect((await release()).failure).toBeUndefined();
    expect(aws.state.deployed['orderly-dev-processOrders']).toEqual(['sg-0a']);
    expect(left()).toEqual(['eni-1', 'eni-3']);
  });

  test('of a cluster that other mappings read from is not waited for', async () => {
    aws.state.mappings.other = { functionName: 'other', clusterArn: CLUSTER, says: [{ state: 'Enabled' }] };
    aws.state.interfaces.push({
      id: 'eni-4',
      group: 'sg-0b',
      type: 'lambda',
      description: '',
      holder: 'other',
    });

    expect((await release()).failure).toBeUndefined();
    expect(Object.keys(aws.state.mappings)).toEqual(['other']);
    expect(left()).toContain('eni-4');
  });

  test('of a stage without mappings is released', async () => {
    aws.state.mappings = {};

    expect((await release()).failure).toBeUndefined();
    expect(left()).toEqual(['eni-3']);
  });

  test('includes the security groups of the infrastructure', async () => {
    aws.state.stacks['orderly-dev'] = {
      status: 'UPDATE_COMPLETE',
      resources: { Functions: ['AWS::EC2::SecurityGroup', 'sg-0c'] },
    };
    aws.state.interfaces.push({
      id: 'eni-5',
      group: 'sg-0c',
      type: 'lambda',
      description: '',
      holder: 'gone',
      looks: 2,
    });

    expect((await release()).failure).toBeUndefined();
    expect(left()).not.toContain('eni-5');
  });

  test('is left also by the versions of its functions that earlier releases published', async () => {
    aws.state.versions = {
      'orderly-dev-processOrders:1': ['sg-0a'],
      'orderly-dev-welcome:7': ['sg-0a'], // which has left the VPC since
      'orderly-dev-welcome:8': [],
    };
    for (const holder of ['orderly-dev-processOrders:1', 'orderly-dev-welcome:7']) {
      aws.state.interfaces.push({ id: holder, group: 'sg-0a', type: 'lambda', description: '', holder });
    }

    expect((await release()).failure).toBeUndefined();
    expect(Object.keys(aws.state.versions)).toEqual(['orderly-dev-welcome:8']);
    expect(left()).toEqual(['eni-3']);
  });

  test('is left by a mapping whose deletion Lambda rejects while it changes the mapping', async () => {
    const { uuid } = aws.state.mappings;
    if (uuid) {
      uuid.inUse = 3;
    }

    expect((await release()).failure).toBeUndefined();
    expect(aws.state.mappings).toEqual({});
  });

  test('is released although its cluster is already deleted', async () => {
    aws.state.cluster = undefined;
    aws.state.interfaces = aws.state.interfaces.filter(({ group }) => group === 'sg-0a');

    expect((await release()).failure).toBeUndefined();
    expect(left()).toEqual([]);
  });
});
