import type { Resources } from '../support/service-copy.ts';

type Resource = Resources[string];
type Properties = Record<string, unknown>;

/** Returns a line per violation in a template that cfn-lint does not detect. */
export type Rule = (resources: Resources) => string[];

/** The timeout of a function for batches must be shorter than that of its event source, 15 minutes. */
const LONGEST_BATCH_SECONDS = 840;

const ofType = (resources: Resources, type: string): [string, Properties][] =>
  Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );

const mappings = (resources: Resources): [string, Properties][] =>
  ofType(resources, 'AWS::Lambda::EventSourceMapping');

const functions = (resources: Resources): [string, Properties][] =>
  ofType(resources, 'AWS::Lambda::Function');

const findings = (
  resources: [string, Properties][],
  isWrong: (properties: Properties, id: string) => boolean,
): string[] => resources.flatMap(([id, properties]) => (isWrong(properties, id) ? [id] : []));

interface Statement {
  readonly Effect?: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/**
 * AWS defines no resource for it:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
 */
const KAFKA_EVERYWHERE = 'kafka:GetBootstrapBrokers';

function statements(role: Properties): Statement[] {
  const policies = Object(role.Policies) as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** Returns whether a statement applies to calls by the function's own code. */
const isForCodeOf = ({ FunctionName }: Properties, { Condition }: Statement): boolean =>
  String(Object(Condition).ArnEquals?.['lambda:SourceFunctionArn']?.['Fn::Sub']).endsWith(
    `:function:${FunctionName}`,
  );

/** Returns the statements in the role of a function. */
const statementsOf = (resources: Resources, { Role }: Properties): Statement[] =>
  statements(resources[referenced(Role)]?.Properties ?? { Policies: [] });

/** Returns the logical id in `Fn::GetAtt`. */
const referenced = (value: unknown): string => String(Object(value)['Fn::GetAtt']?.[0]);

/** Returns the functions of an API's routes by route key. */
function functionsBehind(resources: Resources): [string, Properties | undefined][] {
  return ofType(resources, 'AWS::ApiGatewayV2::Route').map(([, { RouteKey, Target }]) => {
    const integration = resources[Object(Target)['Fn::Join']?.[1]?.[1]?.Ref];
    return [String(RouteKey), resources[referenced(integration?.Properties.IntegrationUri)]?.Properties];
  });
}

interface Limits {
  readonly ThrottlingBurstLimit?: number;
  readonly ThrottlingRateLimit?: number;
}

const limitsByRoute = ({ RouteSettings }: Properties): Record<string, Limits> => Object(RouteSettings);

/** Settings that AWS accepts only for a mapping with provisioned pollers. */
const provisionedOnly = [
  'MaximumRetryAttempts',
  'MaximumRecordAgeInSeconds',
  'BisectBatchOnFunctionError',
  'FunctionResponseTypes',
  'DestinationConfig',
];

export const rules: Readonly<Record<string, Rule>> = {
  'minimum pollers above the maximum': (resources) =>
    findings(mappings(resources), ({ ProvisionedPollerConfig }) => {
      const { MinimumPollers = 1, MaximumPollers = 200 } = Object(ProvisionedPollerConfig);
      return MinimumPollers > MaximumPollers;
    }),
  'retry settings without provisioned mode': (resources) =>
    findings(
      mappings(resources),
      (mapping) =>
        mapping.ProvisionedPollerConfig === undefined && provisionedOnly.some((name) => name in mapping),
    ),
  'no starting position': (resources) =>
    findings(mappings(resources), ({ StartingPosition }) => StartingPosition === undefined),
  'a consumer group with a random name': (resources) =>
    findings(
      mappings(resources),
      (mapping) => Object(mapping.AmazonManagedKafkaEventSourceConfig).ConsumerGroupId === undefined,
    ),
  'a function of a mapping that may run longer than 14 minutes': (resources) => {
    const ofMappings = new Set(mappings(resources).map(([, { FunctionName }]) => referenced(FunctionName)));
    return findings(
      functions(resources),
      ({ Timeout }, id) => ofMappings.has(id) && Number(Timeout) > LONGEST_BATCH_SECONDS,
    );
  },
  'a role without permission to read the topic of its mapping': (resources) =>
    mappings(resources).flatMap(([id, { FunctionName, Topics }]) => {
      const fn = resources[referenced(FunctionName)]?.Properties ?? {};
      const readable = statementsOf(resources, fn).flatMap(({ Action, Resource }) =>
        [Action].flat().includes('kafka-cluster:ReadData') ? [Resource].flat() : [],
      );
      const isRead = (topic: string): boolean => readable.some((arn) => String(arn).endsWith(`/${topic}`));
      return (Topics as string[]).every(isRead) ? [] : [id];
    }),
  'a permission in Kafka on all resources': (resources) =>
    findings(ofType(resources, 'AWS::IAM::Role'), (role) =>
      statements(role).some(
        ({ Action, Resource }) =>
          [Action].flat().some((action) => action.startsWith('kafka') && action !== KAFKA_EVERYWHERE) &&
          [Resource].flat().some((arn) => String(arn).includes('*')),
      ),
    ),
  'an action with a wildcard': (resources) =>
    findings(ofType(resources, 'AWS::IAM::Role'), (role) =>
      statements(role).some(({ Action }) => [Action].flat().some((action) => action.includes('*'))),
    ),
  'a deny statement without a condition on the function of its role': (resources) =>
    findings(functions(resources), (fn) =>
      statementsOf(resources, fn).some((own) => own.Effect !== 'Allow' && !isForCodeOf(fn, own)),
    ),
  // only Lambda may create them, with the role of the function: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
  'a function whose own code may create network interfaces': (resources) =>
    findings(functions(resources), (fn) => {
      const own = statementsOf(resources, fn);
      const denied = own.filter((one) => one.Effect === 'Deny' && isForCodeOf(fn, one));
      return own
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action }) => Action)
        .some(
          (action) =>
            /^ec2:.*(NetworkInterface|PrivateIp)/.test(action) &&
            !denied.some(({ Action }) => [Action].flat().includes(action)),
        );
    }),
  // https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html
  'a mapping whose role may not describe its cluster': (resources) =>
    findings(mappings(resources), ({ FunctionName, EventSourceArn }) => {
      const fn = resources[referenced(FunctionName)]?.Properties ?? {};
      return !statementsOf(resources, fn).some(
        ({ Action, Resource }) =>
          [Action].flat().includes('kafka-cluster:DescribeClusterDynamicConfiguration') &&
          Resource === EventSourceArn,
      );
    }),
  'a version of a function, which outlives the stack': (resources) =>
    ofType(resources, 'AWS::Lambda::Version').map(([id]) => id),
  'a permission outside the role': (resources) => [
    ...findings(ofType(resources, 'AWS::IAM::Role'), (role) => role.ManagedPolicyArns !== undefined),
    ...['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'].flatMap((type) =>
      ofType(resources, type).map(([id]) => id),
    ),
  ],
  'a role that services other than Lambda may assume': (resources) =>
    findings(ofType(resources, 'AWS::IAM::Role'), ({ AssumeRolePolicyDocument }) =>
      Object(AssumeRolePolicyDocument).Statement.some(
        ({ Principal }: Properties) => JSON.stringify(Principal) !== '{"Service":"lambda.amazonaws.com"}',
      ),
    ),
  // also detects two functions with one role, or with swapped roles
  'a function that may write into the log of another': (resources) =>
    findings(functions(resources), (fn) =>
      statementsOf(resources, fn).some(
        ({ Action, Resource }) =>
          [Action].flat().some((action) => action.startsWith('logs:Put')) &&
          !String(Object(Resource)['Fn::Sub']).endsWith(`:log-group:/aws/lambda/${fn.FunctionName}:*`),
      ),
    ),
  'a mapping that skips existing records': (resources) =>
    findings(
      mappings(resources),
      ({ StartingPosition = 'TRIM_HORIZON' }) => StartingPosition !== 'TRIM_HORIZON',
    ),
  'a custom resource': (resources) =>
    Object.entries(resources).flatMap(([id, { Type }]) =>
      Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource' ? [id] : [],
    ),
  'a log without a retention': (resources) =>
    findings(
      ofType(resources, 'AWS::Logs::LogGroup'),
      ({ RetentionInDays }) => RetentionInDays === undefined,
    ),
  'a function without a log group of the stack': (resources) => {
    const groups = new Set(
      ofType(resources, 'AWS::Logs::LogGroup').map(([, { LogGroupName }]) => LogGroupName),
    );
    return findings(functions(resources), ({ FunctionName }) => !groups.has(`/aws/lambda/${FunctionName}`));
  },
  'a function without reserved concurrency': (resources) =>
    findings(functions(resources), (fn) => fn.ReservedConcurrentExecutions === undefined),
  'a function with its own URL': (resources) => ofType(resources, 'AWS::Lambda::Url').map(([id]) => id),
  'a password in plain text': (resources) =>
    findings(functions(resources), ({ Environment }) =>
      /:\/\/[^/@"]+:[^/@"]+@|whsec_/.test(JSON.stringify(Environment)),
    ),
  'an API without throttling': (resources) =>
    findings(
      ofType(resources, 'AWS::ApiGatewayV2::Stage'),
      (stage) => Object(stage.DefaultRouteSettings).ThrottlingRateLimit === undefined,
    ),
  'throttling of an unknown route': (resources) => {
    const routes = new Set(functionsBehind(resources).map(([route]) => route));
    return ofType(resources, 'AWS::ApiGatewayV2::Stage').flatMap(([, stage]) =>
      Object.keys(limitsByRoute(stage)).filter((route) => !routes.has(route)),
    );
  },
  'throttling that rejects every request': (resources) =>
    findings(ofType(resources, 'AWS::ApiGatewayV2::Stage'), (stage) =>
      [Object(stage.DefaultRouteSettings), ...Object.values(limitsByRoute(stage))].some(
        ({ ThrottlingBurstLimit = 1, ThrottlingRateLimit = 1 }: Limits) =>
          !(ThrottlingBurstLimit > 0 && ThrottlingRateLimit > 0),
      ),
    ),
  'a burst above the reserved concurrency of its function': (resources) =>
    ofType(resources, 'AWS::ApiGatewayV2::Stage').flatMap(([, stage]) =>
      functionsBehind(resources).flatMap(([route, fn]) => {
        const limits: Limits = limitsByRoute(stage)[route] ?? Object(stage.DefaultRouteSettings);
        return Number(limits.ThrottlingBurstLimit) > Number(fn?.ReservedConcurrentExecutions) ? [route] : [];
      }),
    ),
};

/** A mutation of a template, and the only rule that it violates. */
export interface Mutation {
  readonly breaks: keyof typeof rules;
  readonly mistake: (resources: Resources) => void;
}

const first = (resources: Resources, type: string): Properties => ofType(resources, type)[0]?.[1] ?? {};
const mapping = (resources: Resources): Properties => first(resources, 'AWS::Lambda::EventSourceMapping');
const batchFunction = (resources: Resources): Properties =>
  resources[referenced(mapping(resources).FunctionName)]?.Properties ?? {};
const roleOfBatches = (resources: Resources): Properties =>
  resources[referenced(batchFunction(resources).Role)]?.Properties ?? {};
const grant = (resources: Resources, statement: Statement): void => {
  const role = roleOfBatches(resources);
  role.Policies = [{ PolicyDocument: { Statement: [...statements(role), statement] } }];
};
const add = (resources: Resources, id: string, resource: Resource): void => {
  resources[id] = resource;
};
const throttle = (resources: Resources, route: string, limits: Limits): void => {
  const stage = first(resources, 'AWS::ApiGatewayV2::Stage');
  stage.RouteSettings = { ...limitsByRoute(stage), [route]: limits };
};

export const mutations: readonly Mutation[] = [
  {
    breaks: 'minimum pollers above the maximum',
    mistake: (to) =>
      Object.assign(mapping(to), { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 2 } }),
  },
  {
    breaks: 'retry settings without provisioned mode',
    mistake: (to) => Object.assign(mapping(to), { MaximumRetryAttempts: 3 }),
  },
  { breaks: 'no starting position', mistake: (to) => delete mapping(to).StartingPosition },
  {
    breaks: 'a consumer group with a random name',
    mistake: (to) => delete mapping(to).AmazonManagedKafkaEventSourceConfig,
  },
  {
    breaks: 'a function of a mapping that may run longer than 14 minutes',
    mistake: (to) => Object.assign(batchFunction(to), { Timeout: 900 }),
  },
  {
    breaks: 'a role without permission to read the topic of its mapping',
    mistake: (to) => Object.assign(mapping(to), { Topics: ['another'] }),
  },
  {
    breaks: 'a permission in Kafka on all resources',
    mistake: (to) =>
      grant(to, {
        Effect: 'Allow',
        Action: ['kafka-cluster:WriteData'],
        Resource: ['arn:aws:kafka:::topic/*'],
      }),
  },
  {
    breaks: 'an action with a wildcard',
    mistake: (to) =>
      grant(to, { Effect: 'Allow', Action: ['logs:*'], Resource: ['arn:aws:logs:::log-group'] }),
  },
  {
    breaks: 'a deny statement without a condition on the function of its role',
    mistake: (to) => grant(to, { Effect: 'Deny', Action: ['logs:CreateLogStream'], Resource: ['arn'] }),
  },
  {
    breaks: 'a function whose own code may create network interfaces',
    mistake: (to) =>
      grant(to, { Effect: 'Allow', Action: ['ec2:AttachNetworkInterface'], Resource: ['arn'] }),
  },
  {
    breaks: 'a function whose own code may create network interfaces',
    mistake: (to) => {
      const role = roleOfBatches(to);
      const allowed = statements(role).filter(({ Effect }) => Effect === 'Allow');
      role.Policies = [{ PolicyDocument: { Statement: allowed } }];
    },
  },
  {
    breaks: 'a mapping whose role may not describe its cluster',
    mistake: (to) => Object.assign(mapping(to), { EventSourceArn: 'arn:aws:kafka:::cluster/another/1' }),
  },
  {
    breaks: 'a version of a function, which outlives the stack',
    mistake: (to) => add(to, 'Extra', { Type: 'AWS::Lambda::Version', Properties: {} }),
  },
  {
    breaks: 'a permission outside the role',
    mistake: (to) => add(to, 'Extra', { Type: 'AWS::IAM::Policy', Properties: {} }),
  },
  {
    breaks: 'a role that services other than Lambda may assume',
    mistake: (to) =>
      Object.assign(first(to, 'AWS::IAM::Role'), {
        AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'ec2.amazonaws.com' } }] },
      }),
  },
  {
    breaks: 'a function that may write into the log of another',
    mistake: (to) =>
      grant(to, {
        Effect: 'Allow',
        Action: ['logs:PutLogEvents'],
        Resource: { 'Fn::Sub': 'arn:aws:logs:::log-group:*' },
      }),
  },
  {
    breaks: 'a mapping that skips existing records',
    mistake: (to) => Object.assign(mapping(to), { StartingPosition: 'LATEST' }),
  },
  {
    breaks: 'a function that may write into the log of another',
    mistake: (to) => {
      const prune = functions(to).find(([id]) => id.startsWith('Prune'))?.[1] ?? {};
      prune.Role = { 'Fn::GetAtt': ['WelcomeRole', 'Arn'] };
    },
  },
  {
    breaks: 'a custom resource',
    mistake: (to) => add(to, 'Extra', { Type: 'Custom::Extra', Properties: {} }),
  },
  {
    breaks: 'a log without a retention',
    mistake: (to) => delete first(to, 'AWS::Logs::LogGroup').RetentionInDays,
  },
  {
    breaks: 'a function without a log group of the stack',
    mistake: (to) => Object.assign(first(to, 'AWS::Logs::LogGroup'), { LogGroupName: '/aws/lambda/another' }),
  },
  {
    breaks: 'a function without reserved concurrency',
    mistake: (to) => delete first(to, 'AWS::Lambda::Function').ReservedConcurrentExecutions,
  },
  {
    breaks: 'a function with its own URL',
    mistake: (to) => add(to, 'Extra', { Type: 'AWS::Lambda::Url', Properties: { AuthType: 'NONE' } }),
  },
  {
    breaks: 'a password in plain text',
    mistake: (to) =>
      Object.assign(first(to, 'AWS::Lambda::Function'), {
        Environment: { Variables: { DATABASE_URL: 'postgresql://user:password@host/orderly' } },
      }),
  },
  {
    breaks: 'an API without throttling',
    mistake: (to) => delete first(to, 'AWS::ApiGatewayV2::Stage').DefaultRouteSettings,
  },
  {
    breaks: 'throttling of an unknown route',
    mistake: (to) =>
      throttle(to, 'GET /api/order/{order_id}', { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 }),
  },
  {
    breaks: 'throttling that rejects every request',
    mistake: (to) => throttle(to, 'POST /api/orders', { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 0 }),
  },
  {
    breaks: 'a burst above the reserved concurrency of its function',
    mistake: (to) => throttle(to, 'POST /api/orders', { ThrottlingBurstLimit: 301, ThrottlingRateLimit: 1 }),
  },
];
