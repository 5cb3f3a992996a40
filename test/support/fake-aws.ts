import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import {
  countOf,
  describeMapping,
  emptyNetwork,
  listVersions,
  lookAtInterfaces,
  type NetworkState,
} from './fake-network.ts';

export interface FakeStack {
  status: string;
  outputs?: Record<string, string>;
  isProtected?: boolean;
  /** Type and name by logical id. */
  resources?: Record<string, readonly [type: string, physicalId: string]>;
  template?: string;
}

/** The state of the fake account, which tests change directly. */
export interface AwsState extends NetworkState {
  /** By name. */
  stacks: Record<string, FakeStack>;
  /** The only cluster; undefined without one. */
  cluster: { state: string; type?: string; groups?: readonly string[] } | undefined;
  /** The answer to GetBootstrapBrokers. */
  brokers: Record<string, string>;
  /** By name, in the format of DescribeTopic. */
  topics: Record<string, { partitionCount: number; replicationFactor: number; configs?: string }>;
  concurrency: { total: number; unreserved: number };
  /** Reserved concurrency by function name. */
  reserved: Record<string, number>;
  /** By name, the answers or errors of a function, in order. The last one repeats. */
  functions: Record<string, readonly FunctionAnswer[]>;
  /** Error names by call, for calls that AWS rejects: `sts:GetCallerIdentity`, `kafka:DescribeTopic`, … */
  rejected: Record<string, string>;
}

export type FunctionAnswer =
  | { readonly returns: unknown }
  | { readonly throws: string }
  | { readonly rejected: string };

export interface FakeAws extends AsyncDisposable {
  readonly url: string;
  readonly state: AwsState;
  /** Every request with its access key id, and its action if the protocol has one. */
  readonly calls: { readonly accessKeyId: string | undefined; readonly action: string | null }[];
  /** The invoked functions with their payloads. */
  readonly invoked: { readonly name: string; readonly payload: unknown }[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Starts a fake of the AWS calls of a deployment: STS, CloudFormation, Lambda, MSK, EC2, Service Quotas, CloudWatch
 * Logs.
 */
export async function fakeAws(): Promise<FakeAws> {
  const state: AwsState = {
    stacks: {},
    cluster: { state: 'ACTIVE' },
    brokers: { bootstrapBrokerStringSaslIam: 'b-1.example.invalid:9098' },
    topics: {},
    concurrency: { total: 1_000, unreserved: 1_000 },
    reserved: {},
    functions: {},
    rejected: {},
    ...emptyNetwork(),
  };
  const invoked: { name: string; payload: unknown }[] = [];
  const calls: FakeAws['calls'] = [];
  const server = createServer(async (request, response) => {
    const asked = await text(request);
    calls.push({
      accessKeyId: /Credential=(\w+)\//.exec(request.headers.authorization ?? '')?.[1],
      action: new URLSearchParams(asked).get('Action'),
    });
    const { status, body, headers } = answer(request, asked, state, invoked);
    response.writeHead(status, headers).end(body);
  }).listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://${LOCAL_HOST}:${typeof address === 'object' ? address?.port : ''}`,
    state,
    calls,
    invoked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function answer(
  { url = '', method, headers }: IncomingMessage,
  body: string,
  state: AwsState,
  invoked: { name: string; payload: unknown }[],
): Answer {
  const path = decodeURIComponent(url);
  const target = headers['x-amz-target'];
  if (method === 'POST' && path === '/') {
    return typeof target === 'string'
      ? named(target.split('.').at(-1) ?? '', JSON.parse(body), state)
      : query(new URLSearchParams(body), state);
  }
  const invocation = /^\/2015-03-31\/functions\/([^/]+)\/invocations/.exec(path)?.[1];
  if (invocation !== undefined) {
    invoked.push({ name: invocation, payload: JSON.parse(body) });
    return invoke(invocation, state);
  }
  if (path.startsWith('/2015-03-31/event-source-mappings')) {
    return mappings(path, method, state);
  }
  const configured = /\/functions\/([^/]+)\/configuration$/.exec(path)?.[1];
  const topic = /\/topics\/([^/]+)$/.exec(path)?.[1];
  const versioned = /\/functions\/([^/]+)\/versions/.exec(path)?.[1];
  const deleted = /\/functions\/([^/?]+)\?Qualifier=(\w+)$/.exec(path) ?? [];
  const reserving = /\/functions\/([^/]+)\/concurrency$/.exec(path)?.[1];
  switch (true) {
    case path.startsWith('/2016-08-19/account-settings'):
      return (
        rejectionOf('lambda:GetAccountSettings', state) ??
        json({
          AccountLimit: {
            ConcurrentExecutions: state.concurrency.total,
            UnreservedConcurrentExecutions: state.concurrency.unreserved,
          },
        })
      );
    case reserving !== undefined:
      return reserving in state.reserved
        ? json({ ReservedConcurrentExecutions: state.reserved[reserving] })
        : failure(404, 'ResourceNotFoundException', 'Function not found');
    case configured !== undefined:
      state.deployed[configured] = JSON.parse(body).VpcConfig.SecurityGroupIds;
      return json({ FunctionName: configured });
    case versioned !== undefined:
      return json(listVersions(versioned, state));
    case method === 'DELETE' && deleted.length > 0:
      delete state.versions[deleted.slice(1).join(':')];
      return json({});
    case path.startsWith('/2015-03-31/functions'):
      return (
        rejectionOf('lambda:ListFunctions', state) ??
        json({
          Functions: Object.entries(state.deployed).map(([FunctionName, SecurityGroupIds]) => ({
            FunctionName,
            VpcConfig: { SecurityGroupIds },
          })),
        })
      );
    case path.endsWith('/bootstrap-brokers'):
      return rejectionOf('kafka:GetBootstrapBrokers', state) ?? json(state.brokers);
    case topic !== undefined:
      return (
        rejectionOf('kafka:DescribeTopic', state) ??
        (topic in state.topics
          ? json({ topicName: topic, ...state.topics[topic] })
          : failure(404, 'NotFoundException', 'The topic does not exist.'))
      );
    case path.startsWith('/api/v2/clusters/'):
      return (
        rejectionOf('kafka:DescribeClusterV2', state) ??
        (state.cluster === undefined
          ? failure(404, 'NotFoundException', 'The requested resource does not exist.')
          : json({
              clusterInfo: {
                state: state.cluster.state,
                clusterType: state.cluster.type ?? 'PROVISIONED',
                provisioned: { brokerNodeGroupInfo: { securityGroups: state.cluster.groups ?? [] } },
              },
            }))
      );
    default:
      return failure(400, 'UnknownOperationException', `${method} ${path}`);
  }
}

function mappings(path: string, method: string | undefined, state: AwsState): Answer {
  const [, uuid] = /event-source-mappings\/([^/?]+)/.exec(path) ?? [];
  if (uuid === undefined) {
    const clusterArn = /EventSourceArn=([^&]+)/.exec(path)?.[1];
    const found = Object.entries(state.mappings).filter(([, mapping]) => mapping.clusterArn === clusterArn);
    return json({ EventSourceMappings: found.map(([id, mapping]) => describeMapping(id, mapping)) });
  }
  const mapping = state.mappings[uuid];
  if (mapping === undefined) {
    return failure(404, 'ResourceNotFoundException', 'The resource you requested does not exist.');
  }
  if (method === 'DELETE') {
    if (mapping.inUse) {
      mapping.inUse -= 1;
      return failure(
        400,
        'ResourceInUseException',
        'Cannot delete the event source mapping because it is in use.',
      );
    }
    const rejected = rejectionOf('lambda:DeleteEventSourceMapping', state);
    if (rejected === undefined) {
      delete state.mappings[uuid];
    }
    return rejected ?? json(describeMapping(uuid, mapping));
  }
  return rejectionOf('lambda:GetEventSourceMapping', state) ?? json(describeMapping(uuid, mapping));
}

/** Service Quotas and CloudWatch Logs name the action in a header. */
function named(action: string, asked: Record<string, string>, state: AwsState): Answer {
  const { QuotaCode = '', logGroupName = '' } = asked;
  if (action === 'GetServiceQuota') {
    const value = state.quotas[QuotaCode];
    return (
      rejectionOf('servicequotas:GetServiceQuota', state) ??
      (value === undefined
        ? failure(400, 'NoSuchResourceException', 'The request failed because the quota does not exist.')
        : json({ Quota: { QuotaCode, Value: value } }))
    );
  }
  if (!state.logGroups.includes(logGroupName)) {
    return failure(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
  }
  const rejected = rejectionOf('logs:DeleteLogGroup', state);
  if (rejected === undefined) {
    state.logGroups = state.logGroups.filter((name) => name !== logGroupName);
  }
  return rejected ?? json({});
}

function invoke(name: string, state: AwsState): Answer {
  const answers = state.functions[name] ?? [{ rejected: 'ResourceNotFoundException' }];
  const [next, ...later] = answers;
  state.functions[name] = later.length > 0 ? later : answers;
  if (next === undefined || 'rejected' in next) {
    const error = next?.rejected ?? 'ResourceNotFoundException';
    return failure(409, error, `${name}: ${error}`);
  }
  return 'throws' in next
    ? {
        ...json({ errorType: 'OrderlyError', errorMessage: next.throws, trace: [] }),
        headers: { 'x-amz-function-error': 'Unhandled' },
      }
    : json(next.returns);
}

/** STS, EC2 and CloudFormation use XML. */
function query(call: URLSearchParams, state: AwsState): Answer {
  const action = call.get('Action');
  if (action === 'GetCallerIdentity') {
    return (
      rejectionOf('sts:GetCallerIdentity', state, xmlFailure) ??
      xml(
        action,
        '<Account>000000000000</Account><Arn>arn:aws:sts::000000000000:assumed-role/deployer/ci</Arn>',
      )
    );
  }
  switch (action) {
    case 'DescribeVpcs':
      return { status: 200, body: countOf(state.vpcs, 'vpcSet', action) };
    case 'DescribeAddresses':
      return { status: 200, body: countOf(state.addresses, 'addressesSet', action) };
    case 'DescribeNetworkInterfaces':
      return {
        status: 200,
        body: lookAtInterfaces(
          [...call].flatMap(([name, value]) => (name.startsWith('Filter.1.Value.') ? [value] : [])),
          state,
        ),
      };
    case 'DescribeStackResources':
      return describeOwner(call.get('PhysicalResourceId') ?? '', state);
    default:
      return aboutStacks(action, call.get('StackName'), state);
  }
}

function describeOwner(physicalId: string, { stacks }: AwsState): Answer {
  const owner = Object.entries(stacks).find(([, { resources = {} }]) =>
    Object.values(resources).some(([, name]) => name === physicalId),
  );
  return owner === undefined
    ? xmlFailure(400, 'ValidationError', `Stack for ${physicalId} does not exist`)
    : xml(
        'DescribeStackResources',
        `<StackResources><member><StackName>${owner[0]}</StackName></member></StackResources>`,
      );
}

function aboutStacks(action: string | null, wanted: string | null, state: AwsState): Answer {
  const stacks = Object.entries(state.stacks).filter(([name]) => wanted === null || name === wanted);
  if (wanted !== null && stacks.length === 0) {
    return xmlFailure(400, 'ValidationError', `Stack with id ${wanted} does not exist`);
  }
  const { resources = {}, template = '{}' } = stacks[0]?.[1] ?? {};
  if (action === 'ListStackResources') {
    const members = Object.entries(resources).map(
      ([id, [type, name]]) =>
        `<member><LogicalResourceId>${id}</LogicalResourceId><ResourceType>${type}</ResourceType><PhysicalResourceId>${name}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>`,
    );
    return xml(action, `<StackResourceSummaries>${members.join('')}</StackResourceSummaries>`);
  }
  if (action === 'GetTemplate') {
    return xml(action, `<TemplateBody>${template}</TemplateBody>`);
  }
  return xml('DescribeStacks', `<Stacks>${stacks.map(describeStack).join('')}</Stacks>`);
}

function describeStack([name, { status, outputs = {}, isProtected = false }]: [
  string,
  AwsState['stacks'][string],
]): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<member><StackName>${name}</StackName><StackStatus>${status}</StackStatus>
    <CreationTime>2026-11-01T00:00:00Z</CreationTime>
    <EnableTerminationProtection>${isProtected}</EnableTerminationProtection><Outputs>${members.join('')}</Outputs></member>`;
}

function rejectionOf(call: string, { rejected }: AwsState, say = failure): Answer | undefined {
  const error = rejected[call];
  return error === undefined ? undefined : say(403, error, `not allowed: ${call}`);
}

const json = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) });

const failure = (status: number, error: string, message: string): Answer => ({
  status,
  body: JSON.stringify({ message }),
  headers: { 'x-amzn-errortype': error },
});

const xml = (action: string, result: string): Answer => ({
  status: 200,
  body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
});

const xmlFailure = (status: number, error: string, message: string): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${error}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});
