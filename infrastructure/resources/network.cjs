const { logGroups } = require('./log-groups.cjs');
const { readStage } = require('./stage.cjs');
const { readZones } = require('./zones.cjs');

/**
 * A VPC with a public and a private subnet in each zone. What is private reaches AWS and the internet by NAT: the
 * functions must (issuers of tokens, receivers of orders), so interface endpoints would only be added to it.
 */
module.exports = async (variables) => {
  const { stage, parameter, choose, isTest, zones } = await readStage(variables);
  const cidr = readCidr(await parameter('vpcCidr'));
  const isOneGateway = isTest || (await choose('natGateways', { each: false, one: true }));
  const nameOf = await readZones(variables, zones);
  const each = Array.from({ length: zones }, (_, index) =>
    zoneResources({ zone: index, name: nameOf(index) }, zones, isOneGateway),
  );
  return {
    Resources: {
      Vpc: {
        Type: 'AWS::EC2::VPC',
        Properties: {
          CidrBlock: cidr,
          EnableDnsHostnames: true,
          EnableDnsSupport: true,
          Tags: named('orderly'),
        },
      },
      InternetGateway: { Type: 'AWS::EC2::InternetGateway', Properties: {} },
      InternetAttachment: {
        Type: 'AWS::EC2::VPCGatewayAttachment',
        Properties: { VpcId: { Ref: 'Vpc' }, InternetGatewayId: { Ref: 'InternetGateway' } },
      },
      PublicRoutes: {
        Type: 'AWS::EC2::RouteTable',
        Properties: { VpcId: { Ref: 'Vpc' }, Tags: named('public') },
      },
      PublicRoute: {
        Type: 'AWS::EC2::Route',
        DependsOn: 'InternetAttachment',
        Properties: {
          RouteTableId: { Ref: 'PublicRoutes' },
          DestinationCidrBlock: '0.0.0.0/0',
          GatewayId: { Ref: 'InternetGateway' },
        },
      },
      ...Object.assign({}, ...each),
      S3Endpoint: {
        Type: 'AWS::EC2::VPCEndpoint', // free, unlike what goes through NAT
        Properties: {
          VpcId: { Ref: 'Vpc' },
          ServiceName: { 'Fn::Sub': 'com.amazonaws.${AWS::Region}.s3' },
          VpcEndpointType: 'Gateway',
          RouteTableIds: Array.from({ length: zones }, (_, index) => ({ Ref: `PrivateRoutes${index + 1}` })),
        },
      },
      FlowLogGroup: {
        Type: 'AWS::Logs::LogGroup',
        Properties: {
          LogGroupName: { 'Fn::Sub': logGroups(stage).flow },
          RetentionInDays: 14,
          KmsKeyId: { 'Fn::GetAtt': ['DataKey', 'Arn'] },
        },
      },
      FlowLogRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
                Action: 'sts:AssumeRole',
                // or the flow logs of another account could write here:
                // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
                Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
              },
            ],
          },
          Policies: [
            {
              PolicyName: 'write',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
                    Resource: { 'Fn::GetAtt': ['FlowLogGroup', 'Arn'] },
                  },
                ],
              },
            },
          ],
        },
      },
      FlowLog: {
        Type: 'AWS::EC2::FlowLog',
        Properties: {
          ResourceType: 'VPC',
          ResourceId: { Ref: 'Vpc' },
          TrafficType: 'REJECT', // what the security groups turned away; everything would cost by the gigabyte
          LogGroupName: { Ref: 'FlowLogGroup' },
          DeliverLogsPermissionArn: { 'Fn::GetAtt': ['FlowLogRole', 'Arn'] },
        },
      },
    },
  };
};

const named = (name) => [{ Key: 'Name', Value: name }];

/** A VPC has /16 at the most. */
function readCidr(value) {
  if (!/^\d+\.\d+\.\d+\.\d+\/1[67]$/.test(value)) {
    throw new Error(
      `The parameter vpcCidr is "${value}", but must be a block of /16 or /17, such as 10.20.0.0/16: its subnets are six blocks of /20.`,
    );
  }
  return value;
}

/** Subnets of 4,096 addresses: a Lambda in a VPC shares network interfaces, so the brokers and NAT need the most. */
const subnet = (index, { zone, name }, isPublic) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: {
    VpcId: { Ref: 'Vpc' },
    AvailabilityZone: name,
    CidrBlock: { 'Fn::Select': [index, { 'Fn::Cidr': [{ 'Fn::GetAtt': ['Vpc', 'CidrBlock'] }, 6, 12] }] },
    MapPublicIpOnLaunch: false,
    Tags: named(`${isPublic ? 'public' : 'private'}-${zone + 1}`),
  },
});

/** A NAT gateway in each zone, so that the loss of one takes only its own along, or one in the first for all. */
function zoneResources(where, zones, isOneGateway) {
  const n = where.zone + 1;
  const association = (subnetId, routes) => ({
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: { Ref: subnetId }, RouteTableId: { Ref: routes } },
  });
  const gateway = isOneGateway ? 1 : n;
  return {
    [`PublicSubnet${n}`]: subnet(where.zone, where, true),
    [`PrivateSubnet${n}`]: subnet(zones + where.zone, where, false),
    [`PublicAssociation${n}`]: association(`PublicSubnet${n}`, 'PublicRoutes'),
    [`PrivateRoutes${n}`]: {
      Type: 'AWS::EC2::RouteTable',
      Properties: { VpcId: { Ref: 'Vpc' }, Tags: named(`private-${n}`) },
    },
    [`PrivateAssociation${n}`]: association(`PrivateSubnet${n}`, `PrivateRoutes${n}`),
    [`PrivateRoute${n}`]: {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: { Ref: `PrivateRoutes${n}` },
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: { Ref: `NatGateway${gateway}` },
      },
    },
    ...(gateway === n && {
      [`NatAddress${n}`]: {
        Type: 'AWS::EC2::EIP',
        DependsOn: 'InternetAttachment',
        Properties: { Domain: 'vpc' },
      },
      [`NatGateway${n}`]: {
        Type: 'AWS::EC2::NatGateway',
        Properties: {
          AllocationId: { 'Fn::GetAtt': [`NatAddress${n}`, 'AllocationId'] },
          SubnetId: { Ref: `PublicSubnet${n}` },
        },
      },
    }),
  };
}
