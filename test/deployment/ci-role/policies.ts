import type { Resources } from '../../support/service-copy.ts';
import type { ActionDefinition, ResourceSchema } from '../aws-definitions.ts';

/**
 * Maximum length of a managed policy, without white space:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const LONGEST_POLICY = 6_144;

type Resource = Resources[string];

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** Resources whose names begin with the name of a stage's stacks, by service and resource type. All others are `*`. */
const ours: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cloudformation: { stack: 'arn:aws:cloudformation:*:*:stack/orderly-*/*' },
  iam: { role: 'arn:aws:iam::*:role/orderly-*' },
  'kafka-cluster': {
    cluster: 'arn:aws:kafka:*:*:cluster/orderly-*/*',
    topic: 'arn:aws:kafka:*:*:topic/orderly-*/*/*',
  },
  lambda: {
    function: 'arn:aws:lambda:*:*:function:orderly-*',
    eventSourceMapping: 'arn:aws:lambda:*:*:event-source-mapping:*',
  },
  s3: { bucket: 'arn:aws:s3:::orderly-*', object: 'arn:aws:s3:::orderly-*/*' },
  // RDS creates the secret of the administrator with the permissions of the caller
  secretsmanager: { Secret: 'arn:aws:secretsmanager:*:*:secret:rds!*' },
};

/**
 * Services of unused features: file systems, tables, private certificate authorities, VPC Lattice, delivery streams.
 */
const unused =
  /^(acm-pca|autoscaling|elasticfilesystem|firehose|s3files|s3tables|vpc-lattice|vpce):|:REST\.|:PutBearerTokenAuthentication$/;

/** Service-linked roles, by the resource type whose handler may create one. */
const serviceRoles: Readonly<Record<string, string>> = {
  'AWS::ApplicationAutoScaling::ScalableTarget': 'kafka.application-autoscaling.amazonaws.com',
  'AWS::EC2::FlowLog': 'delivery.logs.amazonaws.com',
  'AWS::MSK::Cluster': 'kafka.amazonaws.com',
  'AWS::MSK::ServerlessCluster': 'kafka.amazonaws.com',
  'AWS::RDS::DBCluster': 'rds.amazonaws.com',
};

/** Actions in separate statements with a condition. */
const conditional = ['iam:CreateServiceLinkedRole', 'iam:PassRole'];

/**
 * MSK completes the role that it created.
 * https://docs.aws.amazon.com/msk/latest/developerguide/using-service-linked-roles.html
 */
const completeKafkaRole = ['iam:AttachRolePolicy', 'iam:PutRolePolicy'];

export interface Sources {
  readonly schemaOf: (type: string) => ResourceSchema;
  readonly definitionOf: (action: string) => ActionDefinition | undefined;
  /** Actions that the framework and our own code call. */
  readonly called: ReadonlySet<string>;
}

/** Returns the permissions to deploy these templates: for CloudFormation's handlers, and for our direct calls. */
export function policyFor(
  resources: readonly Resource[],
  { schemaOf, definitionOf, called }: Sources,
  granted: Policy = { Version: '2012-10-17', Statement: [] },
): Policy {
  const types = [...new Set(resources.map(({ Type }) => Type))];
  const actions = [...called, ...types.flatMap((type) => handlerActions(schemaOf(type)))].filter(
    (action) => !unused.test(action) && !conditional.includes(action) && !allows(granted, action),
  );
  const byResource = Map.groupBy(new Set(actions), (action) =>
    scopeOf(action, definitionOf(action)).join(' '),
  );
  return {
    Version: '2012-10-17',
    Statement: [
      ...[...byResource]
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([scope, inScope]) => allow(shorten(inScope), scope.split(' '))),
      ...passRoles(resources),
      ...makeServiceRoles(types),
    ],
  };
}

/** https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html */
const handlerActions = ({ handlers }: ResourceSchema): string[] =>
  Object.values(handlers).flatMap((handler) => handler?.permissions.map(spelled) ?? []);

/** Corrects the case of a few names in the schemas. IAM ignores the case, but the reference does not. */
function spelled(action: string): string {
  const [prefix = '', name = ''] = action.split(':');
  return `${prefix.toLowerCase()}:${name[0]?.toUpperCase()}${name.slice(1)}`;
}

/** An action that the reference does not have yet applies to all our resources of its service. */
function scopeOf(action: string, definition: ActionDefinition | undefined): string[] {
  const [prefix = ''] = action.split(':');
  const own = ours[prefix] ?? {};
  const types = definition === undefined ? Object.keys(own) : [...definition.resources.keys()];
  const scopes = types.flatMap((type) => own[type] ?? []);
  return scopes.length === 0 ? ['*'] : scopes.toSorted();
}

/** Read-only actions by verb, so that a policy stays short enough. */
const LOOKS = /^([\w-]+:)(Describe|Get|List)[A-Z].*$/;

const shorten = (actions: Iterable<string>): string[] =>
  [...new Set([...actions].map((action) => action.replace(LOOKS, '$1$2*')))].toSorted();

const allow = (Action: readonly string[], Resource: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action,
  Resource: Resource.length === 1 ? (Resource[0] ?? '*') : Resource,
});

/** Returns `iam:PassRole`, limited to the services of the roles in the templates. */
function passRoles(resources: readonly Resource[]): Statement[] {
  const principals: string[] = resources.flatMap(({ Type, Properties }) =>
    Type === 'AWS::IAM::Role'
      ? Object(Properties.AssumeRolePolicyDocument).Statement.map(
          ({ Principal }: { Principal: { Service: string } }) => Principal.Service,
        )
      : [],
  );
  return forServices('iam:PassedToService', principals, allow(['iam:PassRole'], [ours.iam?.role ?? '']));
}

function makeServiceRoles(types: readonly string[]): Statement[] {
  const services = types.flatMap((type) => serviceRoles[type] ?? []);
  const role = (service: string): string[] => [`arn:aws:iam::*:role/aws-service-role/${service}`];
  return [
    ...forServices('iam:AWSServiceName', services, allow(['iam:CreateServiceLinkedRole'], role('*'))),
    ...(services.includes('kafka.amazonaws.com')
      ? [allow(completeKafkaRole, role('kafka.amazonaws.com/*'))]
      : []),
  ];
}

/** The statement for these services, or none if there are none. */
const forServices = (key: string, services: readonly string[], statement: Statement): Statement[] =>
  services.length === 0
    ? []
    : [{ ...statement, Condition: { StringEquals: { [key]: [...new Set(services)].toSorted() } } }];

/** Returns whether a policy allows an action on what it is scoped to. */
export const allows = ({ Statement }: Policy, action: string): boolean =>
  Statement.some(({ Action }) =>
    Action.some((pattern) =>
      pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : action === pattern,
    ),
  );

/** How much of `LONGEST_POLICY` a policy takes. */
export const lengthOf = (policy: Policy): number => JSON.stringify(policy).length;
