import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sum } from '../../../deployment/cost/amounts.ts';
import { monthlyFloor } from '../../../deployment/cost/bill.ts';
import { productionStage, type Stage, testStage } from '../../../deployment/cost/workload.ts';
import {
  type DeployedStage,
  deployedStage,
  infrastructureOutputs,
  type Parts,
  type Run,
} from '../deployed-stage.ts';

const INFRASTRUCTURE = 'orderly-infrastructure-cost';

/** "$39 a day, $1,173 a month" */
function priceOf(stage: Stage, kafka: 'provisioned' | 'serverless' = 'provisioned'): string {
  const usd = sum(monthlyFloor(stage, kafka));
  return `$${Math.round((usd * 12) / 365)} a day, $${Math.round(usd).toLocaleString('en')} a month`;
}

const small: Stage = { ...productionStage, natGateways: 1 };

let stage: DeployedStage;

beforeEach(async () => {
  stage = await deployedStage('cost');
  delete stage.aws.state.stacks[INFRASTRUCTURE];
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

const deploy = (parts: Parts = {}): Promise<Run> =>
  stage.deploy({ withInfrastructure: true, isConfirmed: false, ...parts });

/** Deploys and types this answer. Also returns the questions. */
async function asked(typed: string, parts: Parts = {}): Promise<Run & { questions: string[] }> {
  const questions: string[] = [];
  const run = await deploy({
    ...parts,
    ask: async (question) => {
      questions.push(question);
      return typed;
    },
  });
  return { ...run, questions };
}

const deployedWith = (parameters: Readonly<Record<string, string>>): void => {
  stage.aws.state.stacks[INFRASTRUCTURE] = {
    status: 'UPDATE_COMPLETE',
    outputs: { ...infrastructureOutputs, infrastructureParameters: JSON.stringify(parameters) },
  };
};

const priceLine = (lines: readonly string[]): string | undefined =>
  lines.find((line) => line.startsWith('! The stage costs about'));

describe('a first infrastructure', () => {
  test.each([
    ['for production', {}, priceOf(productionStage)],
    ['of a test stage', { test: 'true' }, priceOf(testStage)],
    ['on MSK Serverless', { kafka: 'serverless' }, priceOf(productionStage, 'serverless')],
    ['with one NAT gateway', { natGateways: 'one' }, priceOf(small)],
    [
      'with a small database',
      { databaseMinimumCapacity: '0.5' },
      priceOf({ ...productionStage, minimumAcu: 0.5 }),
    ],
  ])('%s is deployed after its price was shown and the stage was typed', async (_what, given, price) => {
    const { questions, lines, commands, failure } = await asked('cost', { given });

    expect(failure).toBeUndefined();
    expect(questions).toEqual([
      `From now on AWS charges about ${price} for the stage cost. "npm run remove -- --stage cost --infrastructure" stops these charges. Type the stage's name to continue: `,
    ]);
    expect(priceLine(lines)).toContain(price);
    expect(commands[0]).toContain('deploy orderly-infrastructure');
  });

  test.each([
    ['another word is typed', () => asked('yes'), 'Nothing was changed: "yes" is not the stage\'s name.'],
    [
      'there is no terminal',
      () => deploy(),
      'Nothing was changed: there is no terminal to confirm on. --yes confirms',
    ],
  ])('is not started when %s', async (_when, run, sentence) => {
    const { commands, failure } = await run();

    expect(commands).toEqual([]);
    expect(failure).toContain(sentence);
  });

  test('is deployed without a question when --yes is given', async () => {
    const { lines, failure } = await deploy({ isConfirmed: true });

    expect(failure).toBeUndefined();
    expect(priceLine(lines)).toBeDefined();
  });

  test('in a dry run prints its price and asks nothing', async () => {
    const { lines, failure } = await deploy({ isDryRun: true });

    expect(failure).toBeUndefined();
    expect(priceLine(lines)).toContain(priceOf(productionStage));
  });

  test('with other brokers warns that their price is not in the sum', async () => {
    const { lines } = await deploy({ isDryRun: true, given: { kafkaInstanceType: 'kafka.m7g.4xlarge' } });

    expect(lines).toContain('! Brokers of the type kafka.m7g.4xlarge are priced as kafka.m7g.large');
  });
});

describe('an existing infrastructure', () => {
  const before = { natGateways: 'one', kafkaInstanceType: 'kafka.m7g.large', databaseMinimumCapacity: '2' };

  test.each([
    ['does not change', {}],
    ['becomes cheaper', { databaseMinimumCapacity: '0.5' }],
  ])('that %s is deployed without a question', async (_what, given) => {
    deployedWith(before);

    expect((await deploy({ given })).failure).toBeUndefined();
  });

  test.each([
    ['a larger database', { databaseMinimumCapacity: '64' }],
    ['more NAT gateways', { natGateways: 'each' }],
    ['larger disks', { kafkaStorageGb: '500' }],
    ['other brokers', { kafkaInstanceType: 'kafka.m7g.xlarge' }],
  ])('requires a confirmation of the new price when it gets %s', async (_what, given) => {
    deployedWith(before);

    const { questions, commands } = await asked('no', { given });

    expect(questions).toEqual([expect.stringContaining(`up from ${priceOf(small)}`)]);
    expect(commands).toEqual([]);
  });
});

test('a release without its infrastructure prints no price and asks nothing', async () => {
  deployedWith({});

  const { lines, failure } = await deploy({ withInfrastructure: false });

  expect(failure).toBeUndefined();
  expect(priceLine(lines)).toBeUndefined();
});

test.each([
  ['keeps its data', {}, true],
  [
    'keeps its data and has an alarm topic',
    { alarmTopicArn: 'arn:aws:sns:eu-west-1:000000000000:on-call' },
    false,
  ],
  ['is a test stage', { test: 'true' }, false],
])('a stage that %s: alarms without a topic cause a warning, %#', async (_what, given, isWarned) => {
  for (const withInfrastructure of [true, false]) {
    deployedWith({});
    delete stage.aws.state.stacks[INFRASTRUCTURE]?.outputs?.infrastructureParameters;

    const { lines } = await deploy({ withInfrastructure, isDryRun: true, given });

    expect(lines.some((line) => line.startsWith('! alarmTopicArn is missing'))).toBe(isWarned);
  }
});
