import type { Resources } from '../support/service-copy.ts';
import { first, type Properties, type rules } from './infrastructure-rules.ts';

/** A mistake in the template, and the only rule that detects it. */
export interface Mutation {
  readonly breaks: keyof typeof rules;
  readonly mistake: (resources: Resources) => void;
}

const change = (type: string, properties: Properties) => (to: Resources) => {
  Object.assign(first(to, type), properties);
};
const configure = (from: string, to: string) => (resources: Resources) => {
  const configuration = first(resources, 'AWS::MSK::Configuration');
  configuration.ServerProperties = String(configuration.ServerProperties).replace(from, to);
};

export const mutations: readonly Mutation[] = [
  {
    breaks: 'data that is deleted with the stack',
    mistake: (to) => Object.assign(to.Database ?? {}, { DeletionPolicy: 'Delete' }),
  },
  {
    breaks: 'a database without deletion protection',
    mistake: change('AWS::RDS::DBCluster', { DeletionProtection: false }),
  },
  {
    breaks: 'backups of less than a week',
    mistake: change('AWS::RDS::DBCluster', { BackupRetentionPeriod: 1 }),
  },
  {
    breaks: 'a leader that may have lost records',
    mistake: configure('unclean.leader.election.enable=false', 'unclean.leader.election.enable=true'),
  },
  {
    breaks: 'an acknowledgement by fewer than two brokers',
    mistake: configure('min.insync.replicas=2', 'min.insync.replicas=1'),
  },
  {
    breaks: 'a topic that is lost with one zone',
    mistake: change('AWS::MSK::Topic', { ReplicationFactor: 2 }),
  },
  {
    breaks: 'topics that a client creates by a typing mistake',
    mistake: configure('auto.create.topics.enable=false\n', ''),
  },
  {
    breaks: 'brokers that accept clients without IAM or TLS',
    mistake: change('AWS::MSK::Cluster', { ClientAuthentication: { Unauthenticated: { Enabled: true } } }),
  },
  {
    breaks: 'incoming traffic from the internet',
    mistake: change('AWS::EC2::SecurityGroupIngress', {
      CidrIp: '0.0.0.0/0',
      SourceSecurityGroupId: undefined,
    }),
  },
  {
    breaks: 'incoming traffic from the internet',
    mistake: change('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [{ CidrIpv6: '::/0', IpProtocol: '-1', Description: 'all' }],
    }),
  },
  {
    breaks: 'outgoing traffic other than HTTPS',
    mistake: change('AWS::EC2::SecurityGroup', {
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1', Description: 'everywhere' }],
    }),
  },
  {
    breaks: 'a log that the key does not encrypt, or a key for other logs',
    mistake: change('AWS::Logs::LogGroup', { LogGroupName: '/orderly/another' }),
  },
  {
    breaks: 'a log that the key does not encrypt, or a key for other logs',
    mistake: change('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: [
          { Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:::log-group:*' } } },
        ],
      },
    }),
  },
  {
    breaks: 'a log that the key does not encrypt, or a key for other logs',
    mistake: (to) => Object(first(to, 'AWS::KMS::Key').KeyPolicy).Statement[1].Action.pop(),
  },
  {
    breaks: 'a role for the flow logs of other accounts',
    mistake: (to) =>
      Object.assign(to.FlowLogRole?.Properties ?? {}, {
        AssumeRolePolicyDocument: {
          Statement: [{ Principal: { Service: 'vpc-flow-logs.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        },
      }),
  },
  {
    breaks: 'a broker version that requires ZooKeeper',
    mistake: change('AWS::MSK::Cluster', { BrokerNodeGroupInfo: { InstanceType: 'kafka.t3.small' } }),
  },
  {
    breaks: 'metrics that are billed by broker',
    mistake: change('AWS::MSK::Cluster', { EnhancedMonitoring: 'PER_BROKER' }),
  },
  {
    breaks: 'a database that leaves the version with long-term support by itself',
    mistake: change('AWS::RDS::DBInstance', { AutoMinorVersionUpgrade: true }),
  },
  {
    breaks: 'a resource that runs its own code',
    mistake: (to) => Object.assign(to, { Extra: { Type: 'Custom::Topic', Properties: {} } }),
  },
  {
    breaks: 'an instance that prevents the deletion of the database',
    mistake: (to) => Object.assign(to.DatabaseStandby ?? {}, { DeletionPolicy: 'Retain' }),
  },
  {
    breaks: 'a rule without a reason',
    mistake: change('AWS::EC2::SecurityGroupEgress', { Description: '' }),
  },
  {
    breaks: 'a log without a retention',
    mistake: change('AWS::Logs::LogGroup', { RetentionInDays: undefined }),
  },
  { breaks: 'a proxy without TLS', mistake: change('AWS::RDS::DBProxy', { RequireTLS: false }) },
  {
    breaks: 'a database without TLS',
    mistake: change('AWS::RDS::DBClusterParameterGroup', { Parameters: {} }),
  },
  {
    breaks: 'an unencrypted database',
    mistake: change('AWS::RDS::DBCluster', { StorageEncrypted: false }),
  },
  {
    breaks: 'servers in a public subnet',
    mistake: change('AWS::RDS::DBSubnetGroup', { SubnetIds: [{ Ref: 'PublicSubnet1' }] }),
  },
  {
    breaks: 'servers with a public address',
    mistake: change('AWS::RDS::DBInstance', { PubliclyAccessible: true }),
  },
  {
    breaks: 'servers with a public address',
    mistake: (to) =>
      Object.assign(Object(first(to, 'AWS::MSK::Cluster').BrokerNodeGroupInfo), { ConnectivityInfo: {} }),
  },
  {
    breaks: 'a cluster without the required settings',
    mistake: change('AWS::MSK::Cluster', { ConfigurationInfo: undefined }),
  },
  {
    breaks: 'a cluster without the required settings',
    mistake: change('AWS::RDS::DBCluster', { EnableIAMDatabaseAuthentication: false }),
  },
  {
    breaks: 'data with another key than that of the stage',
    mistake: change('AWS::RDS::DBCluster', { KmsKeyId: undefined }),
  },
  {
    breaks: 'brokers with unencrypted replication',
    mistake: (to) => {
      const { EncryptionInTransit } = Object(first(to, 'AWS::MSK::Cluster').EncryptionInfo);
      EncryptionInTransit.InCluster = false;
    },
  },
  {
    breaks: 'a key without rotation',
    mistake: change('AWS::KMS::Key', { EnableKeyRotation: false }),
  },
  {
    breaks: 'a group without a rule for outgoing traffic, which allows all',
    mistake: change('AWS::EC2::SecurityGroup', { SecurityGroupEgress: undefined }),
  },
  {
    breaks: 'a role with a wildcard action or a wildcard resource',
    mistake: (to) =>
      Object.assign(to.ProxyRole?.Properties ?? {}, {
        Policies: [{ PolicyDocument: { Statement: [{ Action: ['rds:*'], Resource: 'arn' }] } }],
      }),
  },
  {
    breaks: 'a password in the template',
    mistake: change('AWS::RDS::DBCluster', { MasterUserPassword: 'secret' }),
  },
];
