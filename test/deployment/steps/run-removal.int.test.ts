import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Removal, runRemoval } from '../../../deployment/steps/run-removal.ts';
import { type FakeAws, fakeAws } from '../../support/fake-aws.ts';

let aws: FakeAws;
/** Remaining interfaces when the removal of the application stack, with its roles, started. */
let interfacesLeft: number | undefined;

beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
});
beforeEach(async () => {
  aws = await fakeAws();
  process.env.AWS_ENDPOINT_URL = aws.url;
  aws.state.stacks = {
    'orderly-dev': { status: 'UPDATE_COMPLETE' },
    'orderly-setup-dev': { status: 'UPDATE_COMPLETE', outputs: { test: 'false' } },
    'orderly-infrastructure-dev': { status: 'UPDATE_COMPLETE' },
  };
});
afterEach(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await aws[Symbol.asyncDispose]();
});

/** Removes a stage; the framework fails at `failing`. Returns removed stacks, output and failure. */
async function remove(
  parts: Partial<Removal> = {},
  failing?: string,
): Promise<{ removed: string[]; lines: string[]; failure: string | undefined }> {
  const removed: string[] = [];
  const lines: string[] = [];
  const print = (line: string): number => lines.push(line);
  const failure = await runRemoval(
    {
      target: { stage: 'dev', region: 'eu-west-1' },
      withInfrastructure: false,
      isConfirmed: false,
      ask: undefined,
      ...parts,
    },
    {
      output: { step: print, warn: print, print },
      serverless: async (command, { name }) => {
        if (name === 'orderly') {
          interfacesLeft = aws.state.interfaces.length;
        }
        if (name === failing) {
          throw new Error('the bucket is not empty');
        }
        removed.push(`${command} ${name}`);
      },
    },
  ).then(
    () => undefined,
    (error: unknown) => (Error.isError(error) ? error.message : String(error)),
  );
  return { removed, lines, failure };
}

const all = ['remove orderly', 'remove orderly-setup', 'remove orderly-infrastructure'];

describe('removing a stage', () => {
  test('removes the application before what it uses, keeps orders and records, and says so', async () => {
    const { removed, lines, failure } = await remove({ ask: async () => 'dev' });

    expect(failure).toBeUndefined();
    expect(removed).toEqual(all.slice(0, 2));
    expect(lines.at(-1)).toContain('every order in the database, every record in Kafka');
  });

  test('skips what is already removed, so that it can be repeated', async () => {
    aws.state.stacks = {};

    const { removed, lines, failure } = await remove();

    expect({ removed, failure }).toEqual({ removed: [], failure: undefined });
    expect(lines).toContain('There is no stack orderly-dev');
  });

  test('that fails says how to continue, and keeps what the remaining stacks use', async () => {
    const { removed, failure } = await remove({ ask: async () => 'dev' }, 'orderly');

    expect(removed).toEqual([]);
    expect(failure).toBe(
      'The stack orderly-dev was not removed. the bucket is not empty\nFix the cause and repeat the command: it skips what is already removed.',
    );
  });

  test('asks for its name, and warns that it removes the address of the API', async () => {
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return 'prod';
    };

    const { removed, failure } = await remove({ ask });

    expect(removed).toEqual([]);
    expect(failure).toBe('Nothing was removed: "prod" is not the stage\'s name.');
    expect(questions).toEqual([expect.stringContaining('with its address')]);
  });

  test.each([
    ['was deployed with test=true', 'true', all.slice(0, 2)],
    ['is a stage with real orders', 'false', []],
  ])('of a stage that %s, --yes removes %j', async (_what, test, expected) => {
    aws.state.stacks['orderly-setup-dev'] = { status: 'UPDATE_COMPLETE', outputs: { test } };

    expect((await remove({ isConfirmed: true })).removed).toEqual(expected);
  });

  test('says how to delete a stack that has only a change set, and does not suggest to wait for it', async () => {
    aws.state.stacks['orderly-dev'] = { status: 'REVIEW_IN_PROGRESS' };

    const { removed, failure } = await remove({ ask: async () => 'dev' });

    expect(removed).toEqual([]);
    expect(failure).toContain('aws cloudformation delete-stack --stack-name orderly-dev --region eu-west-1');
  });

  test('removes nothing while an operation on one of its stacks is in progress', async () => {
    aws.state.stacks['orderly-setup-dev'] = { status: 'DELETE_IN_PROGRESS' };

    const { removed, failure } = await remove({ ask: async () => 'dev' });

    expect(removed).toEqual([]);
    expect(failure).toContain('the stack orderly-setup-dev is DELETE_IN_PROGRESS. Wait');
  });
});

describe('removing the infrastructure', () => {
  const withInfrastructure = true;

  test('asks for the name of the stage, and lists what is lost', async () => {
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      return 'dev';
    };

    const { removed } = await remove({ withInfrastructure, ask });

    expect(removed).toEqual(all);
    expect(questions).toEqual([expect.stringContaining('deletes Kafka and the database of the stage dev')]);
  });

  test.each([
    ['another name was typed', { ask: async () => 'yes' }, 'Nothing was removed: "yes" is not the stage'],
    ['there is no terminal', {}, 'Nothing was removed: there is no terminal'],
    ['--yes is given, but the stage is not a test stage', { isConfirmed: true }, 'Nothing was removed'],
  ])('removes nothing when %s', async (_why, parts, sentence) => {
    const { removed, failure } = await remove({ withInfrastructure, ...parts });

    expect(removed).toEqual([]);
    expect(failure).toContain(sentence);
  });

  test.each([
    [
      'Kafka',
      { kafkaClusterArn: 'arn:shared', migrationDatabaseUrl: 'postgresql://admin@its-own:5432/orderly' },
    ],
    [
      'database',
      { kafkaClusterArn: 'arn:own', migrationDatabaseUrl: 'postgresql://admin@db:5432/orderly_pr_1' },
    ],
  ])('removes nothing while another stage uses its %s, and names that stage', async (_what, outputs) => {
    const servers = {
      kafkaClusterArn: 'arn:shared',
      migrationDatabaseUrl: 'postgresql://admin@db:5432/orderly',
    };
    aws.state.stacks['orderly-infrastructure-dev'] = {
      status: 'CREATE_COMPLETE',
      outputs: { ...servers, test: 'true' },
    };
    aws.state.stacks['orderly-setup-dev'] = { status: 'UPDATE_COMPLETE', outputs: servers };
    aws.state.stacks['orderly-setup-pr-1'] = { status: 'UPDATE_COMPLETE', outputs };

    const { removed, failure } = await remove({ withInfrastructure, isConfirmed: true });

    expect(removed).toEqual([]);
    expect(failure).toContain('is used by another stage (orderly-setup-pr-1). Remove that one first.');
  });

  test('removes nothing of a stage whose infrastructure is protected, not even unprotected stacks', async () => {
    aws.state.stacks['orderly-infrastructure-dev'] = { status: 'UPDATE_COMPLETE', isProtected: true };

    const { removed, failure } = await remove({ withInfrastructure, ask: async () => 'dev' });

    expect(removed).toEqual([]);
    expect(failure).toContain('the stack orderly-infrastructure-dev is protected');
  });

  test('that does not exist removes the rest, and does not claim that a database was removed', async () => {
    delete aws.state.stacks['orderly-infrastructure-dev'];

    const { removed, lines } = await remove({ withInfrastructure, ask: async () => 'dev' });

    expect(removed).toEqual(all.slice(0, 2));
    expect(lines.at(-1)).toContain('Left: every order in the database');
  });

  test('of a test stage does not ask with --yes', async () => {
    aws.state.stacks['orderly-infrastructure-dev'] = { status: 'CREATE_COMPLETE', outputs: { test: 'true' } };

    const { removed } = await remove({ withInfrastructure, isConfirmed: true });

    expect(removed).toEqual(all);
  });
});

describe('resources that AWS would leave behind', () => {
  const DATABASE_LOG = '/aws/rds/cluster/orderly-dev/postgresql';
  const PROXY_LOG = '/aws/rds/proxy/orderly-dev';
  const of = { withInfrastructure: true, ask: async () => 'dev' };

  test('network interfaces of Lambda are deleted before the roles that delete them', async () => {
    aws.state.stacks['orderly-dev'] = {
      status: 'UPDATE_COMPLETE',
      resources: {
        GetOrder: ['AWS::Lambda::Function', 'orderly-dev-getOrder'],
        Mapping: ['AWS::Lambda::EventSourceMapping', 'uuid'],
      },
      template: '{"SecurityGroupIds":["sg-0a"]}',
    };
    aws.state.deployed = { 'orderly-dev-getOrder': ['sg-0a'] };
    aws.state.mappings = { uuid: { functionName: 'f', clusterArn: 'arn:c', says: [{ state: 'Enabled' }] } };
    aws.state.interfaces = [
      { id: 'eni-1', group: 'sg-0a', type: 'lambda', description: '', holder: 'orderly-dev-getOrder' },
    ];

    const { removed, failure } = await remove(of);

    expect({ removed, failure }).toEqual({ removed: all, failure: undefined });
    expect(interfacesLeft).toBe(0);
    expect(aws.state.mappings).toEqual({});
  });

  test('a mapping that cannot be deleted stops the removal before any stack, and the message says how to continue', async () => {
    aws.state.stacks['orderly-dev'] = {
      status: 'UPDATE_COMPLETE',
      resources: { Mapping: ['AWS::Lambda::EventSourceMapping', 'uuid'] },
    };
    aws.state.mappings = { uuid: { functionName: 'f', clusterArn: 'arn:c', says: [{ state: 'Enabled' }] } };
    aws.state.rejected['lambda:DeleteEventSourceMapping'] = 'InvalidParameterValueException';

    const { removed, failure } = await remove(of);

    expect(removed).toEqual([]);
    expect(failure).toBe(
      'The network interfaces of Lambda were not released. not allowed: lambda:DeleteEventSourceMapping\nFix the cause and repeat the command: it skips what is already removed.',
    );
  });

  test('without permission to list them the stacks are removed, with a warning', async () => {
    aws.state.rejected['lambda:ListFunctions'] = 'AccessDeniedException';

    const { removed, lines } = await remove(of);

    expect(removed).toEqual(all);
    expect(lines).toContainEqual(
      expect.stringMatching(/^Cannot release the network interfaces of Lambda; .*\(AccessDeniedException\)$/),
    );
  });

  test('log groups that RDS has created again are deleted with the infrastructure, those of other stages are not', async () => {
    const others = [
      '/aws/rds/cluster/orderly-dev-2/postgresql',
      '/aws/rds/cluster/orderly-prod/postgresql',
      '/aws/rds/proxy/orderly',
    ];
    aws.state.logGroups = [DATABASE_LOG, PROXY_LOG, ...others];

    const { lines } = await remove(of);

    expect(aws.state.logGroups).toEqual(others);
    expect(lines).toContain(`Deleted the log group ${DATABASE_LOG}, which RDS had left behind`);
  });

  test('log groups stay with the infrastructure', async () => {
    aws.state.logGroups = [DATABASE_LOG];

    await remove({ ask: async () => 'dev' });

    expect(aws.state.logGroups).toEqual([DATABASE_LOG]);
  });

  test('a log group that a stack owns stays', async () => {
    aws.state.logGroups = [DATABASE_LOG];
    aws.state.stacks.somebodys = {
      status: 'CREATE_COMPLETE',
      resources: { Group: ['AWS::Logs::LogGroup', DATABASE_LOG] },
    };

    await remove(of);

    expect(aws.state.logGroups).toEqual([DATABASE_LOG]);
  });
});
