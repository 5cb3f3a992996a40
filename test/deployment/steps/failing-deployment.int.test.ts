import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CLUSTER, type DeployedStage, deployedStage, infrastructureOutputs } from '../deployed-stage.ts';

let stage: DeployedStage;

beforeEach(async () => {
  stage = await deployedStage('broken');
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
});

describe('a deployment stops before it changes anything', () => {
  test.each<[string, () => void, string]>([
    [
      'credentials that have expired',
      () => {
        stage.aws.state.rejected['sts:GetCallerIdentity'] = 'ExpiredToken';
      },
      'AWS cannot authenticate the request (ExpiredToken: not allowed: sts:GetCallerIdentity). Log in (aws sso login)',
    ],
    [
      'a stack with another operation in progress',
      () => {
        stage.aws.state.stacks['orderly-broken'] = { status: 'UPDATE_IN_PROGRESS' };
      },
      'The stack orderly-broken is UPDATE_IN_PROGRESS. Another operation is in progress',
    ],
    [
      'a stack whose rollback failed',
      () => {
        stage.aws.state.stacks['orderly-broken'] = { status: 'UPDATE_ROLLBACK_FAILED' };
      },
      'aws cloudformation continue-update-rollback --stack-name orderly-broken --region eu-west-1',
    ],
    [
      'a stack that was never complete',
      () => {
        stage.aws.state.stacks['orderly-setup-broken'] = { status: 'ROLLBACK_COMPLETE' };
      },
      'aws cloudformation delete-stack --stack-name orderly-setup-broken --region eu-west-1',
    ],
    [
      'the infrastructure of a stage that has none',
      () => {
        delete stage.aws.state.stacks['orderly-infrastructure-dev'];
      },
      'There is no stack orderly-infrastructure-dev in eu-west-1',
    ],
    [
      'a missing cluster',
      () => {
        stage.aws.state.cluster = undefined;
      },
      'NotFoundException: The requested resource does not exist.',
    ],
    [
      'a cluster of another region',
      () => {
        const elsewhere = {
          ...infrastructureOutputs,
          kafkaClusterArn: CLUSTER.replace('eu-west-1', 'eu-north-1'),
        };
        stage.aws.state.stacks['orderly-infrastructure-dev'] = {
          status: 'CREATE_COMPLETE',
          outputs: elsewhere,
        };
      },
      'is not in eu-west-1: set its region with --region.',
    ],
    [
      'a cluster that is being created',
      () => {
        stage.aws.state.cluster = { state: 'CREATING' };
      },
      `The cluster ${CLUSTER} is CREATING: wait until it is ACTIVE.`,
    ],
    [
      'a cluster without a listener for IAM',
      () => {
        stage.aws.state.brokers = { bootstrapBrokerString: 'b-1:9092' };
      },
      'The cluster has no IAM listener, which kafkaAuth=iam needs; it has unauthenticated plaintext.',
    ],
    [
      'a topic that could lose records',
      () => {
        const configs = Buffer.from('min.insync.replicas=1\nretention.ms=3600000').toString('base64');
        stage.aws.state.topics = { 'broken.orders': { partitionCount: 6, replicationFactor: 1, configs } };
      },
      'Topic broken.orders has retention.ms=3600000 instead of 604800000',
    ],
    [
      'an account without room for the reserved concurrency',
      () => {
        stage.aws.state.concurrency = { total: 1_000, unreserved: 105 };
      },
      'The functions reserve 6 concurrent executions. The account has 1000, of which 99 would be left',
    ],
  ])('at %s', async (_what, make, sentence) => {
    make();

    const { failure, commands } = await stage.deploy({ infrastructureOf: 'dev' });

    expect(failure).toContain(sentence);
    expect(commands.filter((command) => command.startsWith('deploy'))).toEqual([]);
    expect(stage.aws.invoked).toEqual([]);
  });

  test('but not with an account that exactly suffices', async () => {
    stage.aws.state.concurrency = { total: 1_000, unreserved: 100 };
    stage.aws.state.reserved = { 'orderly-broken-processOrders': 6 }; // of the previous release

    const { failure } = await stage.deploy();

    expect(failure).toBeUndefined();
  });
});

describe('a deployment with its infrastructure stops before it changes anything', () => {
  const INFRASTRUCTURE = 'orderly-infrastructure-broken';

  test.each<[string, () => void, Readonly<Record<string, string>>, string]>([
    [
      'a parameter is missing and will not be an output',
      () => delete stage.aws.state.stacks[INFRASTRUCTURE],
      { authIssuer: '' },
      'authIssuer is missing: the issuer of the accepted tokens',
    ],
    [
      'a parameter is unknown',
      () => undefined,
      { alarmTopicarn: 'arn:aws:sns:eu-west-1:000000000000:on-call' },
      'alarmTopicarn is not a parameter',
    ],
    [
      'a parameter is malformed',
      () => undefined,
      { test: 'yes' },
      'test is "yes", but must be: true for a stage for tests',
    ],
    [
      'the cluster of a stage would be replaced',
      () => {
        stage.aws.state.stacks[INFRASTRUCTURE] = {
          status: 'UPDATE_COMPLETE',
          outputs: { ...infrastructureOutputs, infrastructureParameters: '{"kafka":"provisioned"}' },
        };
      },
      { kafka: 'serverless' },
      'kafka is provisioned for the life of the stage "broken" and cannot become serverless',
    ],
    [
      'its subnets in the first zones of the region would be replaced',
      () => {
        stage.aws.state.stacks[INFRASTRUCTURE] = {
          status: 'UPDATE_COMPLETE',
          outputs: { ...infrastructureOutputs, infrastructureParameters: '{"kafka":"provisioned"}' },
        };
      },
      { availabilityZones: 'eu-west-1a,eu-west-1b,eu-west-1c' },
      'availabilityZones is not set for the life of the stage "broken" and cannot become eu-west-1a,eu-west-1b,eu-west-1c',
    ],
    [
      'the rollback of the infrastructure has failed',
      () => {
        stage.aws.state.stacks[INFRASTRUCTURE] = { status: 'UPDATE_ROLLBACK_FAILED' };
      },
      {},
      `aws cloudformation continue-update-rollback --stack-name ${INFRASTRUCTURE}`,
    ],
    [
      'the rollback of its application has failed',
      () => {
        stage.aws.state.stacks['orderly-broken'] = { status: 'UPDATE_ROLLBACK_FAILED' };
      },
      {},
      'aws cloudformation continue-update-rollback --stack-name orderly-broken',
    ],
    [
      'an order should be sent without a token',
      () => undefined,
      {},
      '--order needs a token with the scopes orders:write and orders:read',
    ],
  ])('when %s', async (what, make, given, sentence) => {
    make();
    const sendsOrder = what.startsWith('an order');

    const { failure, commands } = await stage.deploy({ withInfrastructure: true, given, sendsOrder });

    expect(failure).toContain('Check parameters and quotas: failed.');
    expect(failure).toContain(sentence);
    expect(commands).toEqual([]);
  });
});

test('in an empty account the message lists what the stage lacks, and the sources of network, Kafka and database', async () => {
  stage.aws.state.stacks = {};

  const { failure } = await stage.deploy({ given: { authIssuer: '' } });

  for (const name of ['kafkaClusterArn', 'databaseUrl', 'vpcSubnetIds', 'migrationSecretArn', 'authIssuer']) {
    expect(failure).toContain(`${name} is missing`);
  }
  expect(failure).toContain('databaseResourceId or databaseSecretArn is missing');
  expect(failure).toContain(
    'come from --infrastructure, which creates them, from --infrastructure-of <stage>',
  );
  expect(failure).toContain("  --param 'authIssuer=https://issuer.example.com/'");
  expect(failure).not.toContain("--param 'kafkaClusterArn=");
});

test.each([
  ['topics', { ordersTopic: 'other.orders' }, 'ordersTopic was other.orders and would be broken.orders'],
  ['cluster', { kafkaClusterArn: 'arn:other' }, `kafkaClusterArn was arn:other and would be ${CLUSTER}`],
  [
    'database',
    { migrationDatabaseUrl: 'postgresql://admin@other:5432/orderly' },
    'migrationDatabaseUrl was postgresql://admin@other:5432/orderly and would be postgresql://orderly_admin@cluster:5432/orderly',
  ],
])('a stage whose %s would change is not deployed', async (_what, outputs, sentence) => {
  stage.aws.state.stacks['orderly-setup-broken'] = { status: 'UPDATE_COMPLETE', outputs };

  const { failure, commands } = await stage.deploy();

  expect(failure).toContain(sentence);
  expect(failure).toContain('If the move is intended, add --new-servers.');
  expect(commands.filter((command) => command.startsWith('deploy'))).toEqual([]);
});

test('a stage whose migrations would go to another database than its functions is not deployed', async () => {
  const { failure } = await stage.deploy({
    given: { databaseUrl: 'postgresql://orderly_app@proxy:5432/orderly_green' },
  });

  expect(failure).toContain(
    'migrationDatabaseUrl names the database "orderly", and databaseUrl "orderly_green"',
  );
});

test('an API that wrongly answers without a token fails the smoke test', async () => {
  stage.api.isOpen = true;

  const { failure } = await stage.deploy();

  expect(failure).toContain('Run the smoke test: failed.');
  expect(failure).toMatch(/GET \S+\/api\/orders without a token must be answered with 401, but was: 200/);
});

describe('a failed step names the state of the stage, and how to continue or roll back', () => {
  const again =
    'fix the cause and repeat the command, which skips completed steps: npm run deploy -- --stage broken';

  test.each<[string, () => void, string | undefined, readonly string[]]>([
    [
      'packaging',
      () => undefined,
      'package orderly',
      ['Package: failed.', 'the framework failed', 'The application was not touched.', again],
    ],
    [
      'the setup',
      () => undefined,
      'deploy orderly-setup',
      ['Deploy the setup: failed.', 'Topics, database and application were not touched.', again],
    ],
    [
      'the topics',
      () => {
        stage.aws.state.functions['orderly-setup-broken-createTopics'] = [
          { throws: 'Topic broken.orders has 1 of 3 replicas' },
        ];
      },
      undefined,
      [
        'Create and check the topics: failed.',
        'Topic broken.orders has 1 of 3 replicas',
        'Database and application were not touched.',
        'serverless logs -c serverless.setup.yml --function createTopics --stage broken --region eu-west-1',
      ],
    ],
    [
      'a migration',
      () => {
        stage.aws.state.functions['orderly-setup-broken-migrate'] = [
          { throws: 'migrations/0006.sql failed' },
        ];
      },
      undefined,
      ['migrations/0006.sql failed', 'its release works with the applied migrations', '--function migrate'],
    ],
    [
      'the application',
      () => undefined,
      'deploy orderly',
      ['Deploy the application: failed.', 'back to its previous release', again],
    ],
    [
      'the order of the smoke test',
      () => {
        stage.api.orderStatus = 'FAILED';
      },
      undefined,
      [
        'The order o-1 was accepted, but is not COMPLETED. It was last seen as: 200 {"order_id":"o-1","status":"FAILED"}',
        'The new release is deployed.',
        'npx serverless rollback --stage broken --region eu-west-1 --timestamp',
      ],
    ],
  ])('%s', async (_what, make, failingCommand, sentences) => {
    make();

    const { failure } = await stage.deploy({ sendsOrder: true, token: 't0ken' }, failingCommand);

    for (const sentence of sentences) {
      expect(failure).toContain(sentence);
    }
  });
});
