import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runRemoval } from '../../../deployment/steps/run-removal.ts';
import { type DeployedStage, deployedStage, type Parts, type Run } from '../deployed-stage.ts';

const INFRASTRUCTURE = 'orderly-infrastructure-life';
const LOG = '/aws/rds/cluster/orderly-life/postgresql';

let stage: DeployedStage;

beforeEach(async () => {
  stage = await deployedStage('life');
  delete stage.aws.state.stacks[INFRASTRUCTURE];
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

const deploy = (parts: Parts = {}, failingCommand?: string): Promise<Run> =>
  stage.deploy({ withInfrastructure: true, given: { test: 'true' }, ...parts }, failingCommand);

/** Deletes the stack as CloudFormation does. RDS writes its log once more while the cluster is deleted. */
async function deleteInfrastructure(): Promise<void> {
  delete stage.aws.state.stacks[INFRASTRUCTURE];
  stage.aws.state.logGroups = [LOG];
}

const output = { step: () => undefined, warn: () => undefined, print: () => undefined };

test('a stage is deployed, fails, is deployed again, removed and deployed once more, although RDS leaves its log group', async () => {
  expect((await deploy({}, 'deploy orderly-infrastructure')).failure).toContain('the framework failed');
  await deleteInfrastructure(); // CloudFormation rolls back
  expect((await deploy()).failure).toBeUndefined();
  const { mappings } = stage.aws.state;
  stage.aws.state.mappings = { ...mappings };

  await runRemoval(
    {
      target: { stage: 'life', region: 'eu-west-1' },
      withInfrastructure: true,
      isConfirmed: false,
      ask: async () => 'life',
    },
    {
      output,
      serverless: async (_command, { name }) => {
        if (name === 'orderly-infrastructure') {
          await deleteInfrastructure();
        }
      },
    },
  );
  expect(stage.aws.state.logGroups).toEqual([]);
  expect(stage.aws.state.mappings).toEqual({});

  stage.aws.state.mappings = mappings; // as the stack creates them again
  expect((await deploy()).failure).toBeUndefined();
  expect(stage.aws.state.logGroups).toEqual([LOG]); // that of the stack
});

test('a leftover log group is deleted before the infrastructure is created, and a line reports it', async () => {
  stage.aws.state.logGroups = [LOG, '/aws/rds/cluster/orderly-life-2/postgresql'];

  const { lines, failure } = await deploy();

  expect(failure).toBeUndefined();
  expect(lines).toContain(`Deleted the log group ${LOG}, which RDS had left behind`);
  expect(stage.aws.state.logGroups).toContain('/aws/rds/cluster/orderly-life-2/postgresql');
});

test('a log group that RDS has created is replaced by that of the template, and the stack keeps its own', async () => {
  const proxyLog = '/aws/rds/proxy/orderly-life';
  expect((await deploy()).failure).toBeUndefined();
  stage.aws.state.logGroups = [LOG, proxyLog];

  expect((await deploy()).failure).toBeUndefined();
  expect(stage.aws.state.logGroups).toEqual([LOG]);
});

test('without permission to delete it, the deployment warns before it fails because of the name', async () => {
  stage.aws.state.logGroups = [LOG];
  stage.aws.state.rejected['logs:DeleteLogGroup'] = 'AccessDeniedException';

  const { lines, failure } = await deploy();

  expect(lines).toContain(
    `! The log group ${LOG}, which RDS may have left behind, cannot be deleted (AccessDeniedException)`,
  );
  expect(failure).toContain('already exists');
});

test.each([
  ['is only checked', () => deploy({ isDryRun: true })],
  ['is not created', () => deploy()],
])('no log group is deleted where the infrastructure %s', async (_what, run) => {
  await run();
  stage.aws.state.logGroups = [LOG];

  const { lines } = await run();

  expect(stage.aws.state.logGroups).toEqual([LOG]);
  expect(lines.some((line) => line.includes('Deleted the log group'))).toBe(false);
});
