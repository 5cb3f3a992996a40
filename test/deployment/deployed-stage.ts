import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Output } from '../../cli/output.ts';
import { type Deployment, runDeployment } from '../../deployment/steps/run-deployment.ts';
import type { RunServerless } from '../../deployment/steps/serverless.ts';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { type FakeAws, fakeAws } from '../support/fake-aws.ts';

export const CLUSTER =
  'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/00000000-0000-0000-0000-000000000000-1';

/** An account with a deployed stage and its infrastructure, with the infrastructure of `dev`, and with the API of the stage. */
export interface DeployedStage extends AsyncDisposable {
  readonly aws: FakeAws;
  readonly apiUrl: string;
  /** The answers of the API, which a test may change. */
  readonly api: { orderStatus: string; isOpen: boolean };
  /** The `authorization` header of each request for orders. */
  readonly authorizations: (string | undefined)[];
  /** Deploys with a fake framework that packages one function and fails at the given command. */
  deploy(parts?: Parts, failingCommand?: string): Promise<Run>;
}

/** Parts of a deployment. The issuer is added to `given`. */
export interface Parts extends Omit<Partial<Deployment>, 'given'> {
  readonly given?: Readonly<Record<string, string>>;
}

export interface Run {
  /** The printed lines without times. Warnings start with `!`. */
  readonly lines: string[];
  /** The framework's commands: `deploy orderly --param=…` */
  readonly commands: string[];
  /** The message of the failure; undefined after a success. */
  readonly failure: string | undefined;
}

/** The outputs of a complete infrastructure. */
export const infrastructureOutputs = {
  kafkaClusterArn: CLUSTER,
  databaseUrl: 'postgresql://orderly_app@proxy:5432/orderly',
  databaseResourceId: 'prx-0123',
  migrationDatabaseUrl: 'postgresql://orderly_admin@cluster:5432/orderly',
  migrationSecretArn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:admin-AbCdEf',
  secretKeyArn: 'arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000',
  vpcSubnetIds: 'subnet-01,subnet-02',
  vpcSecurityGroupIds: 'sg-01',
  test: 'false',
};

/** The issuer of a stage, which its infrastructure does not provide. */
export const issuer = {
  authIssuer: 'https://issuer.example.com/',
  authAudience: 'orderly',
  authJwksUrl: 'https://issuer.example.com/keys',
};

export const topicsReport = {
  created: ['test.orders'],
  topics: [{ topic: 'test.orders', partitions: 6, replication: 3 }],
  warnings: ['a warning'],
};

/** Test files that run concurrently need different stages. Sets the environment variables of the AWS endpoint. */
export async function deployedStage(stage: string): Promise<DeployedStage> {
  const aws = await fakeAws();
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  process.env.AWS_ENDPOINT_URL = aws.url;
  const api = { orderStatus: 'COMPLETED', isOpen: false };
  const authorizations: (string | undefined)[] = [];
  const server = createServer(({ url = '', headers, method }, response) => {
    if (url === '/api/health') {
      response.end('{"status":"healthy"}');
      return;
    }
    authorizations.push(headers.authorization);
    if (!api.isOpen && headers.authorization === undefined) {
      response.writeHead(401).end('{"code":"unauthenticated"}');
      return;
    }
    response.writeHead(method === 'POST' ? 202 : 200);
    response.end(
      JSON.stringify({ order_id: 'o-1', status: method === 'POST' ? 'PENDING' : api.orderStatus }),
    );
  }).listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  const apiUrl = `http://${LOCAL_HOST}:${typeof address === 'object' ? address?.port : ''}`;
  const infrastructure = {
    status: 'CREATE_COMPLETE',
    outputs: infrastructureOutputs,
  };
  aws.state.stacks = {
    [`orderly-infrastructure-${stage}`]: infrastructure,
    'orderly-infrastructure-dev': infrastructure,
    [`orderly-${stage}`]: {
      status: 'UPDATE_COMPLETE',
      outputs: { HttpApiUrl: `${apiUrl}/` },
      resources: {
        OrdersMapping: ['AWS::Lambda::EventSourceMapping', 'orders-uuid'],
        StatusMapping: ['AWS::Lambda::EventSourceMapping', 'status-uuid'],
      },
    },
  };
  aws.state.mappings = {
    'orders-uuid': {
      functionName: `orderly-${stage}-processOrders`,
      clusterArn: CLUSTER,
      says: [{ state: 'Enabled', result: 'No records processed' }],
    },
    'status-uuid': {
      functionName: `orderly-${stage}-fulfilOrders`,
      clusterArn: CLUSTER,
      says: [{ state: 'Disabled' }],
    },
  };
  aws.state.functions = {
    [`orderly-setup-${stage}-createTopics`]: [{ returns: topicsReport }],
    [`orderly-setup-${stage}-migrate`]: [
      { returns: { applied: ['0001_orders.sql'], version: '0001_orders.sql' } },
    ],
    [`orderly-setup-${stage}-registerSchemas`]: [{ returns: { subjects: ['test.orders-order-record'] } }],
  };
  return {
    aws,
    apiUrl,
    api,
    authorizations,
    deploy: (parts = {}, failingCommand) =>
      deploy(stage, parts, failingCommand, () => {
        const name = `/aws/rds/cluster/orderly-${stage}/postgresql`;
        if (
          aws.state.stacks[`orderly-infrastructure-${stage}`] === undefined &&
          aws.state.logGroups.includes(name)
        ) {
          throw new Error(
            `Resource handler returned message: "Resource of type 'AWS::Logs::LogGroup' with identifier '${name}' already exists."`,
          );
        }
        aws.state.logGroups = [...new Set([...aws.state.logGroups, name])];
        aws.state.stacks[`orderly-infrastructure-${stage}`] ??= {
          ...infrastructure,
          resources: { DatabaseLogGroup: ['AWS::Logs::LogGroup', name] },
        };
      }),
    [Symbol.asyncDispose]: async () => {
      delete process.env.AWS_ENDPOINT_URL;
      server.closeAllConnections();
      server.close();
      rmSync(join(PROJECT_ROOT, '.local/deployment', stage), { recursive: true, force: true });
      await aws[Symbol.asyncDispose]();
    },
  };
}

async function deploy(
  stage: string,
  { given, ...parts }: Parts,
  failingCommand: string | undefined,
  onInfrastructure: () => void,
): Promise<Run> {
  const lines: string[] = [];
  const commands: string[] = [];
  const print = (line: string): number => lines.push(line);
  const output: Output = { step: print, warn: (line) => print(`! ${line}`), print };
  const serverless: RunServerless = async (command, { name }, _target, args) => {
    commands.push([command, name, ...args.filter((arg) => arg.startsWith('--param'))].join(' '));
    if (`${command} ${name}` === failingCommand) {
      throw new Error('the framework failed');
    }
    if (`${command} ${name}` === 'deploy orderly-infrastructure') {
      onInfrastructure();
    }
    if (command === 'package') {
      writePackage(name, args, stage);
    }
  };
  const failure = await runDeployment(
    {
      target: { stage, region: 'eu-west-1' },
      given: new Map(Object.entries({ ...issuer, ...given })),
      movesServers: false,
      infrastructureOf: undefined,
      withInfrastructure: false,
      isDryRun: false,
      isConfirmed: true,
      ask: undefined,
      sendsOrder: false,
      token: undefined,
      apiUrl: undefined,
      command: `npm run deploy -- --stage ${stage}`,
      ...parts,
    },
    { output, serverless },
  ).then(
    () => undefined,
    (error: unknown) => (Error.isError(error) ? error.message : String(error)),
  );
  return { lines, commands, failure };
}

/** Writes a package with one function and the database of its service. */
function writePackage(service: string, args: readonly string[], stage: string): void {
  const directory = args[args.indexOf('--package') + 1] ?? '';
  const parameter = service === 'orderly' ? '--param=databaseUrl=' : '--param=migrationDatabaseUrl=';
  const databaseUrl = args.find((arg) => arg.startsWith(parameter))?.slice(parameter.length);
  if (service === 'orderly-infrastructure') {
    return;
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, 'cloudformation-template-update-stack.json'),
    JSON.stringify({
      Resources: {
        ProcessOrders: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            FunctionName: `orderly-${stage}-processOrders`,
            ReservedConcurrentExecutions: 6,
            Environment: {
              Variables: {
                KAFKA_PREFIX: `${stage}.`,
                DATABASE_URL: databaseUrl,
                SECRET: { Ref: 'Secret' },
              },
            },
          },
        },
        OrdersMapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { Enabled: true } },
        StatusMapping: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { Enabled: false } }, // no receiver
        Bucket: { Type: 'AWS::S3::Bucket' },
      },
    }),
  );
}
