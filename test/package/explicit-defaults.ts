import type { Resources } from '../support/service-copy.ts';

/**
 * Properties that a template must never leave out, because AWS' default is wrong for us, differs between CloudFormation
 * and the service, or can change: by resource type, the property (a path) and what its absence means. Sources: the
 * type's page in https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/ unless another one is named.
 */
const neverLeftOut: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'AWS::ApiGatewayV2::Api': {},
  'AWS::ApiGatewayV2::Integration': {
    PayloadFormatVersion: 'the API sends another event format',
    TimeoutInMillis: 'the API waits 30 s, whatever the function does',
  },
  'AWS::ApiGatewayV2::Route': {},
  'AWS::ApiGatewayV2::Stage': {
    AutoDeploy: 'false: routes exist and are not served',
    DefaultRouteSettings: 'the account is the only limit',
    AccessLogSettings: 'no call is logged',
  },
  'AWS::ApplicationAutoScaling::ScalableTarget': {},
  'AWS::ApplicationAutoScaling::ScalingPolicy': {
    // https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand-details.html
    'TargetTrackingScalingPolicyConfiguration.DisableScaleIn':
      'false, which MSK rejects: a volume never shrinks',
  },
  'AWS::CloudWatch::Alarm': {
    TreatMissingData: 'missing: an alarm without data has no state',
  },
  'AWS::CloudWatch::CompositeAlarm': {},
  'AWS::CloudWatch::Dashboard': {},
  'AWS::EC2::EIP': {},
  'AWS::EC2::FlowLog': {},
  'AWS::EC2::InternetGateway': {},
  'AWS::EC2::NatGateway': {},
  'AWS::EC2::Route': {},
  'AWS::EC2::RouteTable': {},
  'AWS::EC2::SecurityGroup': {
    VpcId: 'the group belongs to the default VPC',
    SecurityGroupEgress: 'everything may go out',
  },
  'AWS::EC2::SecurityGroupEgress': {
    FromPort: 'every port',
    ToPort: 'every port',
  },
  'AWS::EC2::SecurityGroupIngress': {
    FromPort: 'every port',
    ToPort: 'every port',
  },
  'AWS::EC2::Subnet': {
    AvailabilityZone: 'AWS chooses: all subnets may be in one zone',
  },
  'AWS::EC2::SubnetRouteTableAssociation': {},
  'AWS::EC2::VPC': {
    EnableDnsHostnames: 'false: names of brokers and proxy may not resolve',
  },
  'AWS::EC2::VPCEndpoint': {
    RouteTableIds: 'no subnet uses the endpoint',
  },
  'AWS::EC2::VPCGatewayAttachment': {},
  'AWS::Events::Rule': {},
  'AWS::IAM::Role': {},
  'AWS::KMS::Alias': {},
  'AWS::KMS::Key': {
    EnableKeyRotation: 'false',
    KeyPolicy: 'CloudWatch Logs may not use the key',
  },
  'AWS::Lambda::EventInvokeConfig': {
    MaximumRetryAttempts: '2: a failed tick runs beside the next ones',
    MaximumEventAgeInSeconds: '6 hours',
  },
  'AWS::Lambda::EventSourceMapping': {
    StartingPosition: 'Kafka mappings need one',
    BatchSize: '100',
    'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId':
      'the group gets a random name, and another one after a replacement',
  },
  'AWS::Lambda::Function': {
    Architectures: 'x86_64, which costs more',
    MemorySize: '128 MB: a tenth of a processor',
    Timeout: '3 s',
  },
  'AWS::Lambda::Permission': {},
  'AWS::Logs::LogGroup': { RetentionInDays: 'logs are kept, and paid, for ever' },
  'AWS::MSK::Cluster': {
    'BrokerNodeGroupInfo.SecurityGroups': 'the default group of the VPC',
    'BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize': 'not documented',
    'ClientAuthentication.Sasl.Iam.Enabled': 'no IAM',
    'ClientAuthentication.Unauthenticated.Enabled': 'not documented beside other ways to log in',
    ConfigurationInfo: "Kafka's own defaults",
    'EncryptionInfo.EncryptionInTransit.ClientBroker':
      'TLS by the page of CloudFormation, TLS_PLAINTEXT by that of the API',
  },
  'AWS::MSK::Configuration': {},
  'AWS::MSK::ServerlessCluster': {
    'VpcConfigs.0.SecurityGroups': 'the default group of the VPC',
  },
  'AWS::MSK::Topic': {
    PartitionCount: 'the default of the brokers',
    ReplicationFactor: 'the default of the brokers',
  },
  'AWS::RDS::DBCluster': {
    // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/281
    Port: "3306 for every engine, by CloudFormation's handler",
    BackupRetentionPeriod: 'one day',
    CopyTagsToSnapshot: 'false',
    DatabaseName: 'no database is made',
    DBClusterParameterGroupName: 'TLS is not enforced',
    DBSubnetGroupName: 'the default VPC',
    DeletionProtection: 'false',
    EnableIAMDatabaseAuthentication: 'false',
    EngineVersion: 'whichever AWS prefers that day',
    ServerlessV2ScalingConfiguration: 'instances of class db.serverless cannot start',
    StorageEncrypted: 'false',
    VpcSecurityGroupIds: 'the default group of the VPC',
  },
  'AWS::RDS::DBClusterParameterGroup': {},
  'AWS::RDS::DBInstance': {
    AutoMinorVersionUpgrade: 'true: leaves the version with long-term support',
    PubliclyAccessible: 'depends on the subnets',
  },
  'AWS::RDS::DBProxy': {
    DefaultAuthScheme: 'NONE: every user needs a secret',
    IdleClientTimeout: '30 minutes',
    RequireTLS: 'false',
    VpcSecurityGroupIds: 'the default group of the VPC',
  },
  'AWS::RDS::DBProxyTargetGroup': {
    'ConnectionPoolConfigurationInfo.ConnectionBorrowTimeout': '120 s, longer than any request waits',
    'ConnectionPoolConfigurationInfo.MaxConnectionsPercent': '100: none is left for migrations',
  },
  'AWS::RDS::DBSubnetGroup': {},
  'AWS::S3::Bucket': {
    PublicAccessBlockConfiguration: 'left to S3 and the account',
  },
  'AWS::S3::BucketPolicy': {},
};

const step = (value: unknown, key: string): unknown => Object(value)[key];

/** Returns a line for each property that is left out, and for each type that the list does not have. */
export function leftOut(resources: Resources): string[] {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const properties = neverLeftOut[Type];
    if (properties === undefined) {
      return [`${id}: ${Type} is not in the list: look up which of its defaults are not ours`];
    }
    return Object.entries(properties).flatMap(([path, default_]) =>
      path.split('.').reduce(step, Properties) === undefined
        ? [`${id}: ${Type} without ${path} means: ${default_}`]
        : [],
    );
  });
}

/**
 * Each property of the list whose type these resources have: its type, its path, and a first resource to take it from.
 */
export const listedIn = (resources: Resources): { id: string; path: string }[] =>
  Object.entries(neverLeftOut).flatMap(([type, properties]) => {
    const [id] = Object.entries(resources).find(([, { Type }]) => Type === type) ?? [];
    return id === undefined ? [] : Object.keys(properties).map((path) => ({ id, path }));
  });

/** Removes the property at this path. */
export function leaveOut(resources: Resources, { id, path }: { id: string; path: string }): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  delete Object(keys.reduce(step, resources[id]?.Properties))[last];
}

export const listedTypes: readonly string[] = Object.keys(neverLeftOut);
