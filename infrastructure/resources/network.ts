import type { Resource, Resources, TemplatePart, Variables } from '../../deployment/stack/framework.ts';
import { logGroups, privateSubnets, readStage } from './stage.ts';
import { readZones, type Zone } from './zones.ts';

/**
 * A VPC with a public and a private subnet in each zone. Private subnets reach AWS and the internet by NAT. The functions
 * need the internet (issuers of tokens, receivers of orders), so interface endpoints would not replace NAT.
 */
export async function network(variables: Variables): Promise<TemplatePart> {
  const stage = await readStage(variables);
  const { settings, zones } = stage;
  const isOneGateway = settings.test || settings.natGateways === 'one';
  const nameOf = await readZones(variables, stage);
  const each = Array.from({ length: zones }, (_, index) =>
    zoneResources({ index, name: nameOf(index) }, zones, isOneGateway),
  );
  return {
    Resources: {
      Vpc: {
        Type: 'AWS::EC2::VPC',
        Properties: {
          CidrBlock: settings.vpcCidr,
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
        Type: 'AWS::EC2::VPCEndpoint', // free, unlike traffic through NAT
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
                // Otherwise the flow logs of another account could write here:
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
          TrafficType: 'REJECT', // only what the security groups reject, because each gigabyte costs
          LogGroupName: { Ref: 'FlowLogGroup' },
          DeliverLogsPermissionArn: { 'Fn::GetAtt': ['FlowLogRole', 'Arn'] },
        },
      },
    },
  };
}

/** The private subnets of the stage, separated by commas. */
export const privateSubnetIds = async (variables: Variables): Promise<Readonly<Record<string, unknown>>> => ({
  'Fn::Join': [',', privateSubnets(await readStage(variables))],
});

const named = (name: string): readonly { readonly Key: string; readonly Value: string }[] => [
  { Key: 'Name', Value: name },
];

/** A subnet of 4,096 addresses. Functions in a VPC share network interfaces, so brokers and NAT gateways need most of them. */
const subnet = (block: number, { index, name }: Zone, isPublic: boolean): Resource => ({
  Type: 'AWS::EC2::Subnet',
  Properties: {
    VpcId: { Ref: 'Vpc' },
    AvailabilityZone: name,
    CidrBlock: { 'Fn::Select': [block, { 'Fn::Cidr': [{ 'Fn::GetAtt': ['Vpc', 'CidrBlock'] }, 6, 12] }] },
    MapPublicIpOnLaunch: false,
    Tags: named(`${isPublic ? 'public' : 'private'}-${index + 1}`),
  },
});

/** A NAT gateway in each zone, so that the loss of a zone affects only that zone; or one in the first zone for all. */
function zoneResources(zone: Zone, zones: number, isOneGateway: boolean): Resources {
  const n = zone.index + 1;
  const association = (subnetId: string, routes: string): Resource => ({
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: { Ref: subnetId }, RouteTableId: { Ref: routes } },
  });
  const gateway = isOneGateway ? 1 : n;
  return {
    [`PublicSubnet${n}`]: subnet(zone.index, zone, true),
    [`PrivateSubnet${n}`]: subnet(zones + zone.index, zone, false),
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
