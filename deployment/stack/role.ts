import type { Resource } from './framework.ts';

/** Parts of the roles of both stacks with functions. */

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

export const allow = (Action: readonly string[], Resource: unknown): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * The network interfaces of a function in a VPC. AWS requires `*` here. Lambda creates them with the function's role.
 * The function's own code has the same role and is denied these calls:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 * https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
const attachToVpc = (functionName: string): Statement[] => [
  allow(NETWORK_INTERFACES, '*'),
  {
    Effect: 'Deny',
    Action: NETWORK_INTERFACES,
    Resource: '*',
    Condition: {
      ArnEquals: {
        'lambda:SourceFunctionArn': {
          'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}`,
        },
      },
    },
  },
];

/** Decrypts secrets, through Secrets Manager only. With '' the key is AWS' own, which needs no permission. */
export const decryptSecrets = (keyArn: string): Statement[] =>
  keyArn === ''
    ? []
    : [
        {
          ...allow(['kms:Decrypt'], keyArn),
          Condition: {
            StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'secretsmanager.${AWS::Region}.amazonaws.com' } },
          },
        },
      ];

/** Reads a secret. With '', nothing is read. */
export const readSecret = (secretArn: string, keyArn: string): Statement[] =>
  secretArn === '' ? [] : [allow(['secretsmanager:GetSecretValue'], secretArn), ...decryptSecrets(keyArn)];

/** Writes to the log group of the function, which the stack creates. */
const writeLog = (functionName: string): Statement =>
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`,
  });

export interface RoleOwner {
  readonly functionName: string;
  /** The ARN of a permissions boundary; '' for none. */
  readonly boundary: string;
  readonly isInVpc: boolean;
}

/** Returns the role of one function: its log, its network interfaces in a VPC, and the given statements. */
export const role = (
  { functionName, boundary, isInVpc }: RoleOwner,
  statements: readonly Statement[],
): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    Description: `Permissions of ${functionName}`,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    ...(boundary === '' ? {} : { PermissionsBoundary: boundary }),
    Policies: [
      {
        PolicyName: 'own',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [writeLog(functionName), ...(isInVpc ? attachToVpc(functionName) : []), ...statements],
        },
      },
    ],
  },
});

/** Returns the ARNs of topics or groups in an MSK cluster. */
export const inCluster = (clusterArn: string, kind: 'topic' | 'group', names: readonly string[]): string[] =>
  names.map((name) => `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`);
