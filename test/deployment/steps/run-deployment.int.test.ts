import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type DeployedStage,
  deployedStage,
  infrastructureOutputs,
  issuer,
  topicsReport,
} from '../deployed-stage.ts';

let stage: DeployedStage;

beforeEach(async () => {
  stage = await deployedStage('test');
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

/** The parameters of a command, by name. */
const parametersIn = (command = ''): Record<string, string> =>
  Object.fromEntries(
    command
      .split(' --param=')
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );

const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:fulfilment-AbCdEf';

const namesOf = (commands: readonly string[]): string[] =>
  commands.map((command) => command.replace(/ --param.*/, ''));

describe('a deployment', () => {
  test('runs each step before those that need it, then the smoke test, and prints the addresses', async () => {
    const { lines, commands, failure } = await stage.deploy();

    expect(failure).toBeUndefined();
    expect(namesOf(commands)).toEqual([
      'package orderly-setup',
      'package orderly',
      'deploy orderly-setup',
      'deploy orderly',
    ]);
    expect(stage.aws.invoked).toEqual([
      { name: 'orderly-setup-test-createTopics', payload: { test: false } },
      { name: 'orderly-setup-test-migrate', payload: { role: 'orderly_app' } },
    ]);
    expect(lines).toEqual([
      'Stage test, account 000000000000, region eu-west-1, as arn:aws:sts::000000000000:assumed-role/deployer/ci',
      '1/9 Check the stage',
      '! alarmTopicArn is missing: the alarms of the stage send no notifications (docs/operations.md)',
      'Brokers: b-1.example.invalid:9098',
      '2/9 Package',
      '3/9 Check topics and quotas',
      '4/9 Deploy the setup',
      '5/9 Create and check the topics',
      'Topic test.orders created: 6 partitions, replication 3',
      '! a warning',
      '6/9 Migrate the database',
      'Applied 0001_orders.sql',
      '7/9 Register the schemas',
      'Nothing to register: the stage has no schemaRegistryUrl',
      '8/9 Deploy the application',
      '9/9 Run the smoke test',
      'Mapping of orderly-test-processOrders: Enabled, No records processed',
      'healthy',
      'Deployed',
      expect.stringContaining(`API         ${stage.apiUrl}\n`),
    ]);
  });

  test('registers the schemas after the topics and before the application, if the stage has a registry', async () => {
    const { lines, failure } = await stage.deploy({
      given: { schemaRegistryUrl: 'https://registry.example.invalid' },
    });

    expect(failure).toBeUndefined();
    expect(stage.aws.invoked.map(({ name }) => name)).toEqual([
      'orderly-setup-test-createTopics',
      'orderly-setup-test-migrate',
      'orderly-setup-test-registerSchemas',
    ]);
    expect(lines).toContain('Registered test.orders-order-record');
  });

  test('gets its parameters from the infrastructure, and the brokers from the cluster', async () => {
    const { commands } = await stage.deploy({ given: { logLevel: 'debug' } });

    expect(parametersIn(commands.at(-1))).toEqual({
      ...infrastructureOutputs,
      ...issuer,
      logLevel: 'debug',
      kafkaBrokers: 'b-1.example.invalid:9098',
    });
  });

  test.each([
    'b-1.example.invalid:9098,b-2.example.invalid:9098,b-3.example.invalid:9098',
    'b-3.example.invalid:9098,b-1.example.invalid:9098,b-2.example.invalid:9098',
  ])('sorts the brokers, independent of the order in AWS: %s', async (listed) => {
    stage.aws.state.brokers = { bootstrapBrokerStringSaslIam: listed };

    const { commands } = await stage.deploy();

    expect(parametersIn(commands.at(-1)).kafkaBrokers).toBe(
      'b-1.example.invalid:9098,b-2.example.invalid:9098,b-3.example.invalid:9098',
    );
  });

  test('on the infrastructure of another stage has its own database there', async () => {
    const { commands } = await stage.deploy({ infrastructureOf: 'dev' });

    expect(commands.at(-1)).toContain(
      '--param=databaseUrl=postgresql://orderly_app@proxy:5432/orderly_test ',
    );
  });

  test('deploys the infrastructure first on request, with the given parameters', async () => {
    const { commands } = await stage.deploy({ withInfrastructure: true, given: { test: 'true' } });

    expect(commands[0]).toMatch(/^deploy orderly-infrastructure /);
    expect(parametersIn(commands[0])).toMatchObject({ test: 'true' });
    expect(stage.aws.invoked[0]?.payload).toEqual({ test: true });
  });

  test('deploys the infrastructure again with its previous parameters, except those given now', async () => {
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
      given: { kafkaStorageGb: '200' },
    });

    expect(parametersIn(commands[0])).toEqual({
      ...{ kafka: 'serverless', kafkaStorageGb: '200', isProtected: 'true' },
      ...issuer,
    });
    expect(namesOf(commands)[1]).toBe('package orderly-setup');
    expect(commands.at(-1)).not.toContain('kafka=serverless');
  });

  test('needs no zones when the infrastructure has them already', async () => {
    const target = { stage: 'test', region: 'us-east-1' };

    const { failure } = await stage.deploy({ target, withInfrastructure: true, isDryRun: true });

    expect(failure).toBeUndefined();
  });

  test('warns of a receiver or a collector that the functions cannot reach because of their security group', async () => {
    const made = stage.aws.state.stacks['orderly-infrastructure-test'];
    stage.aws.state.stacks['orderly-infrastructure-test'] = {
      status: 'UPDATE_COMPLETE',
      outputs: { ...made?.outputs, vpcSecurityGroupIds: 'sg-01' },
    };
    const warnings = async (parameters: Record<string, string>): Promise<string[]> => {
      const given = { fulfilmentSecretArn: SECRET_ARN, ...parameters };
      const { lines } = await stage.deploy({ isDryRun: true, given });
      return lines.filter((line) => line.includes('sg-01'));
    };

    expect(await warnings({ fulfilmentUrl: 'https://shop.example.com:8443/decide' })).toEqual([
      '! fulfilmentUrl is https://shop.example.com:8443/decide, but the security group sg-01 of the infrastructure allows outgoing traffic to port 443 only',
    ]);
    expect(await warnings({ fulfilmentUrl: 'http://shop.example.com/decide' })).toHaveLength(1);
    expect(await warnings({ fulfilmentUrl: 'https://shop.example.com/decide' })).toEqual([]);
    expect(await warnings({ otlpEndpoint: 'http://10.0.0.1:4318' })).toHaveLength(1);
    expect(await warnings({ otlpEndpoint: 'https://xray.eu-west-1.amazonaws.com' })).toEqual([]);
    expect(await warnings({ fulfilmentUrl: 'http://10.0.0.1:8080/', vpcSecurityGroupIds: 'sg-02' })).toEqual(
      [],
    );
  });

  test('in a dry run with its infrastructure checks the parameters and packages the infrastructure', async () => {
    delete stage.aws.state.stacks['orderly-infrastructure-test'];

    const { lines, commands, failure } = await stage.deploy({ isDryRun: true, withInfrastructure: true });

    expect(failure).toBeUndefined();
    expect([...new Set(namesOf(commands))]).toEqual(['package orderly-infrastructure']);
    expect(lines.at(-1)).toMatch(/^Nothing was changed \(--dry-run\)/);
  });

  test('protects the database of a new infrastructure once everything exists, so that a failed one leaves no database', async () => {
    const made = stage.aws.state.stacks['orderly-infrastructure-test'];
    delete stage.aws.state.stacks['orderly-infrastructure-test'];

    const { commands } = await stage.deploy({ withInfrastructure: true });

    expect(commands.map((command) => parametersIn(command).isProtected)).toEqual(['false', 'true']);

    stage.aws.state.stacks['orderly-infrastructure-test'] = { status: 'UPDATE_ROLLBACK_COMPLETE' };
    const again = await stage.deploy({ withInfrastructure: true });
    stage.aws.state.stacks['orderly-infrastructure-test'] = made ?? { status: '' };
    const later = await stage.deploy({ withInfrastructure: true });

    expect(parametersIn(again.commands[0]).isProtected).toBe('false');
    expect(parametersIn(later.commands[0]).isProtected).toBe('true');
  });

  test('to other servers on purpose is allowed', async () => {
    stage.aws.state.stacks['orderly-setup-test'] = {
      status: 'UPDATE_COMPLETE',
      outputs: { ordersTopic: 'other.orders', kafkaClusterArn: 'arn:other' },
    };

    expect(await stage.deploy({ movesServers: true })).toMatchObject({ failure: undefined });
  });

  test('of an open stage needs no token', async () => {
    stage.api.isOpen = true;

    expect(await stage.deploy({ given: { auth: 'none' } })).toMatchObject({ failure: undefined });
  });

  test('in a dry run checks and packages, and changes nothing', async () => {
    const { lines, commands } = await stage.deploy({ isDryRun: true });

    expect(namesOf(commands)).toEqual(['package orderly-setup', 'package orderly']);
    expect(stage.aws.invoked).toEqual([]);
    expect(lines.at(-1)).toBe('Nothing was changed (--dry-run)');
  });

  test('sends an order with the token on request, and waits until it is COMPLETED', async () => {
    const { lines, failure } = await stage.deploy({ sendsOrder: true, token: 't0ken' });

    expect(failure).toBeUndefined();
    expect(lines).toContainEqual(expect.stringMatching(/^order o-1 COMPLETED after \d+\.\d s$/));
    expect(stage.authorizations).toEqual([undefined, 'Bearer t0ken', 'Bearer t0ken']);
  });

  test('waits for an inactive function', async () => {
    stage.aws.state.functions['orderly-setup-test-createTopics'] = [
      { rejected: 'ResourceConflictException' },
      { returns: topicsReport },
    ];

    expect(await stage.deploy()).toMatchObject({ failure: undefined });
    expect(stage.aws.invoked.filter(({ name }) => name.endsWith('createTopics'))).toHaveLength(2);
  });

  test('warns and continues without permission to describe the cluster', async () => {
    stage.aws.state.rejected['kafka:DescribeTopic'] = 'ForbiddenException';
    stage.aws.state.rejected['kafka:DescribeClusterV2'] = 'ForbiddenException';

    const { lines, failure } = await stage.deploy();

    expect(failure).toBeUndefined();
    expect(lines).toContain('! Cannot check the cluster (ForbiddenException)');
    expect(lines).toContain(
      '! Cannot check the topics; createTopics checks them from inside the VPC (ForbiddenException)',
    );
  });
});
