/** The parts that the roles of both stacks are made of. */

const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });

const NETWORK_INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * The network interfaces of a function in a VPC. AWS requires `*` here. Lambda creates them with the function's role. The
 * function's own code has the same role and is denied these calls:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 * https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
 */
const attachToVpc = (functionName) => [
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

/** What a secret is encrypted with, through Secrets Manager and not otherwise. With '' it has AWS' own key, which needs no permission. */
const decryptSecrets = (keyArn) =>
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

/** Lines in its own log group, which the stack makes. */
const writeLog = (functionName) =>
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`,
  });

/** The role of one function: its log, in a VPC its network interfaces, and its own statements. A boundary of '' is none. */
const role = ({ functionName, boundary, isInVpc }, statements) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    Description: `What ${functionName} may do`,
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

/** Text or a list of texts: one of the ARN of an MSK cluster that names something in it. */
const inCluster = (clusterArn, kind, names) =>
  names.map((name) => `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`);

module.exports = { allow, decryptSecrets, inCluster, role };
