import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitForMappings } from '../../../deployment/steps/wait-for-mappings.ts';
import { type FakeAws, fakeAws } from '../../support/fake-aws.ts';
import type { FakeMapping } from '../../support/fake-network.ts';
import { type DeployedStage, deployedStage } from '../deployed-stage.ts';

const PROBLEM = 'PROBLEM: Connection error. Please check your event source connection configuration.';

let aws: FakeAws;

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  aws = await fakeAws();
  process.env.AWS_ENDPOINT_URL = aws.url;
});
afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await aws[Symbol.asyncDispose]();
});

async function wait(
  says: FakeMapping['says'],
  { ageSeconds = 3_600, timeoutMs = 10_000 } = {},
): Promise<{ lines: string[]; failure: string | undefined }> {
  aws.state.mappings = {
    uuid: { functionName: 'processOrders', clusterArn: 'arn:cluster', says, ageSeconds },
  };
  const lines: string[] = [];
  const print = (line: string): number => lines.push(line);
  const failure = await waitForMappings(
    { uuids: ['uuid'], region: 'eu-west-1', timeoutMs, intervalMs: 1, settledMs: 30_000 },
    { step: print, warn: (line) => print(`! ${line}`), print },
  ).then(
    () => undefined,
    (error: unknown) => (Error.isError(error) ? error.message : String(error)),
  );
  return { lines, failure };
}

const polls = { state: 'Enabled', result: 'No records processed' };

test.each([
  ['has read nothing yet', [polls], ['Mapping of processOrders: Enabled, No records processed']],
  ['has read records', [{ state: 'Enabled', result: 'OK' }], ['Mapping of processOrders: Enabled, OK']],
  [
    'is being created',
    [{ state: 'Creating' }, { state: 'Creating' }, { state: 'Enabling' }, polls],
    [
      'Mapping of processOrders: Creating',
      'Mapping of processOrders: Enabling',
      'Mapping of processOrders: Enabled, No records processed',
    ],
  ],
  [
    'has a temporary problem, such as a new role that is not effective everywhere',
    [{ state: 'Enabled', result: PROBLEM }, polls],
    [
      `! Mapping of processOrders: Enabled, ${PROBLEM}`,
      'Mapping of processOrders: Enabled, No records processed',
    ],
  ],
])('a mapping that %s is waited for, and every change is reported', async (_what, says, lines) => {
  expect(await wait(says)).toEqual({ lines, failure: undefined });
});

test.each<[string, FakeMapping['says'], number]>([
  ['has a problem', [{ state: 'Enabled', result: PROBLEM }], 60],
  ['gets a problem once it was called enabled', [polls, { state: 'Enabled', result: PROBLEM }], 0],
  ['is never created', [{ state: 'Creating' }], 60],
  ['was switched off by hand', [{ state: 'Disabled' }], 60],
  ['is being deleted', [{ state: 'Deleting' }], 60],
])('a mapping that %s fails the deployment with the message of Lambda', async (_what, says, age) => {
  const { failure } = await wait(says, { ageSeconds: age, timeoutMs: 1_000 });
  const last = says.at(-1);

  expect(failure).toContain(
    'The event source mapping uuid of processOrders does not read from Kafka after 1 s',
  );
  expect(failure).toContain(last?.result ?? last?.state);
  expect(failure).toContain('orders are accepted and wait in Kafka');
});

test('a mapping that polls is accepted although it was changed just now, or this clock is slow', async () => {
  expect((await wait([polls], { ageSeconds: 0 })).failure).toBeUndefined();
});

test('a missing mapping is a warning before anything is deployed, and fails the deployment', async () => {
  const deployed: DeployedStage = await deployedStage('mapped');
  deployed.aws.state.mappings = {};

  const { lines, failure } = await deployed.deploy();

  expect(lines[2]).toBe(
    '! Event source mappings of the stack orderly-mapped are missing, and a deployment does not create them again. If a removal was started, finish it first: npm run remove -- --stage mapped',
  );
  expect(failure).toContain('Run the smoke test: failed.');
  expect(failure).toContain('The stack has the event source mapping orders-uuid, but Lambda does not');
  await deployed[Symbol.asyncDispose]();
});

test('without permission to read mappings a deployment warns and continues', async () => {
  const deployed: DeployedStage = await deployedStage('mapped');
  deployed.aws.state.rejected['lambda:GetEventSourceMapping'] = 'AccessDeniedException';

  const { failure, lines } = await deployed.deploy();

  expect(failure).toBeUndefined();
  expect(lines).toContain('! Cannot check whether the functions read from Kafka (AccessDeniedException)');
  await deployed[Symbol.asyncDispose]();
});
