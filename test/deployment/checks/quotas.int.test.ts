import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { plannedConcurrency } from '../../../deployment/stack/functions.ts';
import { type DeployedStage, deployedStage, infrastructureOutputs, type Run } from '../deployed-stage.ts';

const INFRASTRUCTURE = 'orderly-infrastructure-quotas';

let stage: DeployedStage;

beforeEach(async () => {
  stage = await deployedStage('quotas');
  delete stage.aws.state.stacks[INFRASTRUCTURE];
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

/** Runs a first deployment as a dry run. A problem would stop a real deployment at the same point. */
const tried = (given: Readonly<Record<string, string>> = {}): Promise<Run> =>
  stage.deploy({ withInfrastructure: true, isDryRun: true, given });

describe('before anything is created', () => {
  test.each([
    ['a full stage', {}, 771],
    ['a stage for tests', { test: 'true' }, 111],
  ])('%s is rejected in a new account, which has ten concurrent executions', async (_what, given, sum) => {
    stage.aws.state.concurrency = { total: 10, unreserved: 10 };

    for (const isDryRun of [true, false]) {
      const { failure, commands } = await stage.deploy({ withInfrastructure: true, isDryRun, given });

      expect(failure).toContain('Check parameters and quotas: failed.');
      expect(failure).toContain(`The functions reserve ${sum} concurrent executions. The account has 10`);
      expect(commands).toEqual([]);
    }
  });

  test.each([
    ['a full stage', {}, 871],
    ['a stage for tests', { test: 'true' }, 211],
  ])('%s needs exactly the concurrent executions of the page', async (_what, given, total) => {
    stage.aws.state.concurrency = { total: total - 1, unreserved: total - 1 };
    expect((await tried(given)).failure).toContain('of which 99 would be left');

    stage.aws.state.concurrency = { total, unreserved: total };
    expect((await tried(given)).failure).toBeUndefined();
  });

  test('every quota of the network that is too low is named, with the command that requests a higher one', async () => {
    Object.assign(stage.aws.state, { vpcs: 5, addresses: 3 });

    const { failure, commands } = await stage.deploy({ withInfrastructure: true });

    expect(failure).toContain('needs 1 more of "VPCs per Region"; the account has 5 of 5 in eu-west-1');
    expect(failure).toContain('--service-code vpc --quota-code L-F678F1CE --desired-value 6');
    expect(failure).toContain('needs 3 more of "EC2-VPC Elastic IPs"; the account has 3 of 5');
    expect(failure).toContain('--service-code ec2 --quota-code L-0263D0A3 --desired-value 6');
    expect(failure).toContain('Nothing was changed.');
    expect(commands).toEqual([]);
  });

  test.each([
    ['three gateways', {}, 2],
    ['one gateway', { natGateways: 'one' }, 4],
    ['one gateway of a test stage', { test: 'true' }, 4],
  ])('%s exactly fit', async (_what, given, addresses) => {
    Object.assign(stage.aws.state, { vpcs: 4, addresses });
    expect((await tried(given)).failure).toBeUndefined();

    stage.aws.state.addresses += 1;
    expect((await tried(given)).failure).toContain('"EC2-VPC Elastic IPs"');
  });
});

test('an existing infrastructure needs no network, and one that grows needs only the additional addresses', async () => {
  Object.assign(stage.aws.state, { vpcs: 5, addresses: 5 });
  stage.aws.state.stacks[INFRASTRUCTURE] = {
    status: 'UPDATE_COMPLETE',
    outputs: { ...infrastructureOutputs, infrastructureParameters: '{"natGateways":"one"}' },
  };

  expect((await tried()).failure).toBeUndefined();
  expect((await tried({ natGateways: 'each' })).failure).toContain('needs 2 more of "EC2-VPC Elastic IPs"');
});

test('without permission to read quotas, warnings name the needed resources', async () => {
  stage.aws.state.rejected = {
    'servicequotas:GetServiceQuota': 'AccessDeniedException',
    'lambda:GetAccountSettings': 'AccessDeniedException',
  };

  const { lines, failure } = await stage.deploy({ withInfrastructure: true });

  expect(failure).toBeUndefined();
  expect(lines).toContain("! Lambda's quota of concurrent executions cannot be read (AccessDeniedException)");
  expect(lines).toContain(
    '! The quota "VPCs per Region" cannot be read: the stage needs 1 more (AccessDeniedException)',
  );
  expect(lines).toContain(
    '! The quota "EC2-VPC Elastic IPs" cannot be read: the stage needs 3 more (AccessDeniedException)',
  );
});

test('a quota without a value in Service Quotas is a warning too', async () => {
  stage.aws.state.quotas = { 'L-0263D0A3': 5 };

  const { lines, failure } = await tried();

  expect(failure).toBeUndefined();
  expect(lines).toContain(
    '! The quota "VPCs per Region" cannot be read: the stage needs 1 more (NoSuchResourceException)',
  );
});

test('the planned concurrency contains every function of the application', async () => {
  const planned = await plannedConcurrency({ stage: 'dev', region: 'eu-west-1' }, false);

  expect(planned.get('orderly-dev-createOrder')).toBe(300);
  expect(planned.get('orderly-dev-processOrders')).toBe(6);
  expect([...planned.values()].every((limit) => limit > 0)).toBe(true);
});
