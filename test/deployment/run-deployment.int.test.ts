import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CLUSTER, type DeployedStage, deployedStage, topicsReport } from './deployed-stage.ts';

let stage: DeployedStage;

beforeEach(async () => {
  stage = await deployedStage('test');
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

const namesOf = (commands: readonly string[]): string[] =>
  commands.map((command) => command.replace(/ --param.*/, ''));

describe('a deployment', () => {
  test('goes from what others rest on to the trial, and ends with the addresses', async () => {
    const { lines, commands, failure } = await stage.deploy();

    expect(failure).toBeUndefined();
    expect(namesOf(commands)).toEqual([
      'package orderly-preparation',
      'package orderly',
      'deploy orderly-preparation',
      'deploy orderly',
    ]);
    expect(stage.aws.invoked).toEqual([
      { name: 'orderly-preparation-test-createTopics', payload: { test: false } },
      { name: 'orderly-preparation-test-migrate', payload: { role: 'orderly_app' } },
    ]);
    expect(lines).toEqual([
      'Stage test, account 000000000000, region eu-west-1, as arn:aws:sts::000000000000:assumed-role/deployer/ci',
      '1/8 Check the stage',
      'Brokers: b-1.example.invalid:9098',
      '2/8 Package',
      '3/8 Check topics and quotas',
      '4/8 Deploy the preparation',
      '5/8 Create and check the topics',
      'Topic test.orders created: 6 partitions, replication 3',
      '! a warning',
      '6/8 Migrate the database',
      'Applied 0001_orders.sql',
      '7/8 Deploy the application',
      '8/8 Try it',
      'healthy',
      'Deployed',
      expect.stringContaining(`API         ${stage.apiUrl}\n`),
    ]);
  });

  test('takes its parameters from the infrastructure, and the brokers from the cluster', async () => {
    const { commands } = await stage.deploy({ given: new Map([['logLevel', 'debug']]) });

    expect(commands.at(-1)).toBe(
      `deploy orderly --param=kafkaClusterArn=${CLUSTER} --param=databaseUrl=postgresql://orderly_app@proxy:5432/orderly --param=logLevel=debug --param=kafkaBrokers=b-1.example.invalid:9098`,
    );
  });

  test('on the infrastructure of another stage has a database of its own there', async () => {
    const { commands } = await stage.deploy({ infrastructureOf: 'dev' });

    expect(commands.at(-1)).toContain(
      '--param=databaseUrl=postgresql://orderly_app@proxy:5432/orderly_test ',
    );
  });

  test('deploys the infrastructure first when it is told to, with the parameters that were given', async () => {
    const { commands } = await stage.deploy({ withInfrastructure: true, given: new Map([['test', 'true']]) });

    expect(commands[0]).toBe('deploy orderly-infrastructure --param=test=true');
    expect(stage.aws.invoked[0]?.payload).toEqual({ test: true });
  });

  test('deploys the infrastructure again with what it has, but for what is given now', async () => {
    const made = stage.aws.state.stacks['orderly-infrastructure-test'];
    stage.aws.state.stacks['orderly-infrastructure-test'] = {
      status: 'UPDATE_COMPLETE',
      outputs: {
        ...made?.outputs,
        infrastructureParameters: '{"kafka":"serverless","kafkaStorageGb":"100"}',
      },
    };

    const { commands } = await stage.deploy({
      withInfrastructure: true,
      given: new Map([['kafkaStorageGb', '200']]),
    });

    expect(commands[0]).toBe(
      'deploy orderly-infrastructure --param=kafka=serverless --param=kafkaStorageGb=200',
    );
    expect(commands.at(-1)).not.toContain('kafka=serverless');
  });

  test('warns of a receiver that the security group of the infrastructure does not let the functions reach', async () => {
    const made = stage.aws.state.stacks['orderly-infrastructure-test'];
    stage.aws.state.stacks['orderly-infrastructure-test'] = {
      status: 'UPDATE_COMPLETE',
      outputs: { ...made?.outputs, vpcSecurityGroupIds: 'sg-1' },
    };
    const warnings = async (given: Record<string, string>): Promise<string[]> => {
      const { lines } = await stage.deploy({ isDryRun: true, given: new Map(Object.entries(given)) });
      return lines.filter((line) => line.includes('sg-1'));
    };

    expect(await warnings({ fulfilmentUrl: 'https://shop.example.com:8443/decide' })).toEqual([
      '! fulfilmentUrl is https://shop.example.com:8443/decide, but the security group sg-1 of the infrastructure lets the functions out to port 443 only',
    ]);
    expect(await warnings({ fulfilmentUrl: 'http://shop.example.com/decide' })).toHaveLength(1);
    expect(await warnings({ fulfilmentUrl: 'https://shop.example.com/decide' })).toEqual([]);
    expect(await warnings({ fulfilmentUrl: 'http://10.0.0.1:8080/', vpcSecurityGroupIds: 'sg-2' })).toEqual(
      [],
    );
  });

  test('that is only tried checks and packages, and changes nothing', async () => {
    const { lines, commands } = await stage.deploy({ isDryRun: true });

    expect(namesOf(commands)).toEqual(['package orderly-preparation', 'package orderly']);
    expect(stage.aws.invoked).toEqual([]);
    expect(lines.at(-1)).toBe('Nothing was changed (--dry-run)');
  });

  test('sends an order with the token when it is told to, and waits until it is COMPLETED', async () => {
    const { lines, failure } = await stage.deploy({ sendsOrder: true, token: 't0ken' });

    expect(failure).toBeUndefined();
    expect(lines).toContainEqual(expect.stringMatching(/^order o-1 COMPLETED after \d+\.\d s$/));
    expect(stage.authorizations).toEqual(['Bearer t0ken', 'Bearer t0ken']);
  });

  test('waits for a function that has to wake up', async () => {
    stage.aws.state.functions['orderly-preparation-test-createTopics'] = [
      { refused: 'ResourceConflictException' },
      { returns: topicsReport },
    ];

    expect(await stage.deploy()).toMatchObject({ failure: undefined });
    expect(stage.aws.invoked.filter(({ name }) => name.endsWith('createTopics'))).toHaveLength(2);
  });

  test('goes on when whoever deploys may not look at the cluster, and says so', async () => {
    stage.aws.state.refused['kafka:DescribeTopic'] = 'ForbiddenException';
    stage.aws.state.refused['kafka:DescribeClusterV2'] = 'ForbiddenException';

    const { lines, failure } = await stage.deploy();

    expect(failure).toBeUndefined();
    expect(lines).toContain('! The cluster cannot be looked at from here (ForbiddenException)');
    expect(lines).toContain(
      '! The topics cannot be looked at from here (ForbiddenException); createTopics will, from inside',
    );
  });
});
