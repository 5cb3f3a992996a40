import { monthly } from '../../deployment/cost/amounts.ts';
import { prices } from '../../deployment/cost/prices.ts';
import { topics } from '../../lib/kafka/topics/topics.ts';
import type { Resources } from '../support/service-copy.ts';

type Properties = Record<string, unknown>;

/** Returns US dollars a month for an unused resource. @throws Error if its price is unknown. */
type PriceOf = (properties: Properties, all: Resources) => number;

/** RDS Proxy is billed for at least this many capacity units of the database. */
const PROXY_MINIMUM_ACU = 8;

function only<Value>(found: unknown, known: Value, usd: number): number {
  if (found !== known) {
    throw new Error(`No price is known for ${String(found)}, but for ${String(known)}`);
  }
  return usd;
}

/** Returns the number of metrics that an alarm evaluates. */
export const metricsIn = (queries: unknown): number =>
  Array.isArray(queries) ? queries.filter(({ MetricStat }) => MetricStat !== undefined).length : 1;

/** Resource types that AWS bills by the hour or the month. */
const priced: Readonly<Record<string, PriceOf>> = {
  'AWS::MSK::Cluster': ({ NumberOfBrokerNodes, BrokerNodeGroupInfo }) => {
    const { InstanceType, StorageInfo } = Object(BrokerNodeGroupInfo);
    const disk = StorageInfo.EBSStorageInfo.VolumeSize * prices.brokerStorage.usd;
    return (
      Number(NumberOfBrokerNodes) * (only(InstanceType, 'kafka.m7g.large', monthly(prices.broker.usd)) + disk)
    );
  },
  'AWS::MSK::ServerlessCluster': () => {
    const partitions = Object.values(topics).reduce((total, topic) => total + topic.partitions, 0);
    return monthly(prices.serverlessCluster.usd + partitions * prices.serverlessPartition.usd);
  },
  'AWS::RDS::DBInstance': ({ DBInstanceClass }, all) => {
    const cluster = Object.values(all).find(({ Type }) => Type === 'AWS::RDS::DBCluster');
    const { MinCapacity } = Object(cluster?.Properties.ServerlessV2ScalingConfiguration);
    return only(DBInstanceClass, 'db.serverless', monthly(MinCapacity * prices.capacity.usd));
  },
  'AWS::RDS::DBProxy': () => monthly(PROXY_MINIMUM_ACU * prices.proxy.usd),
  'AWS::EC2::NatGateway': () => monthly(prices.nat.usd),
  'AWS::EC2::EIP': () => monthly(prices.address.usd),
  'AWS::EC2::VPCEndpoint': ({ VpcEndpointType }) => only(VpcEndpointType, 'Gateway', 0),
  'AWS::KMS::Key': () => prices.key.usd,
  'AWS::CloudWatch::Alarm': ({ Metrics }) => metricsIn(Metrics) * prices.alarm.usd,
  'AWS::CloudWatch::CompositeAlarm': () => prices.compositeAlarm.usd,
  'AWS::CloudWatch::Dashboard': () => prices.dashboard.usd,
  'AWS::Lambda::EventSourceMapping': ({ ProvisionedPollerConfig }) =>
    only(ProvisionedPollerConfig, undefined, 0),
};

/** Resource types without cost while unused: free, or billed by request or byte. */
const free: readonly string[] = [
  ...['Api', 'Integration', 'Route', 'Stage'].map((type) => `AWS::ApiGatewayV2::${type}`),
  ...['ScalableTarget', 'ScalingPolicy'].map((type) => `AWS::ApplicationAutoScaling::${type}`),
  ...[
    'FlowLog',
    'InternetGateway',
    'Route',
    'RouteTable',
    'Subnet',
    'SubnetRouteTableAssociation',
    'VPC',
  ].map((type) => `AWS::EC2::${type}`),
  ...['SecurityGroup', 'SecurityGroupEgress', 'SecurityGroupIngress', 'VPCGatewayAttachment'].map(
    (type) => `AWS::EC2::${type}`,
  ),
  'AWS::Events::Rule',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  ...['EventInvokeConfig', 'Function', 'Permission', 'Version'].map((type) => `AWS::Lambda::${type}`),
  'AWS::Logs::LogGroup',
  ...['Configuration', 'Topic'].map((type) => `AWS::MSK::${type}`),
  // AWS charges for the instances of the cluster, and for storage by the gigabyte
  ...['DBCluster', 'DBClusterParameterGroup', 'DBProxyTargetGroup', 'DBSubnetGroup'].map(
    (type) => `AWS::RDS::${type}`,
  ),
  ...['Bucket', 'BucketPolicy'].map((type) => `AWS::S3::${type}`),
];

/**
 * Returns US dollars a month for the resources of templates, by type.
 * @throws Error for a type or a machine in neither list: find its price, and add it to docs/cost.md.
 */
export function costOf(resources: Resources): Readonly<Record<string, number>> {
  const bill: Record<string, number> = {};
  for (const { Type, Properties } of Object.values(resources)) {
    const price = priced[Type];
    if (price === undefined && !free.includes(Type)) {
      throw new Error(`${Type} has no price and is not listed as free`);
    }
    bill[Type] = (bill[Type] ?? 0) + (price?.(Properties, resources) ?? 0);
  }
  return bill;
}
