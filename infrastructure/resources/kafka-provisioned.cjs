const { topics } = require('../../lib/kafka/topics.ts');
const { readStage } = require('./stage.cjs');

/** Amazon MSK with brokers of its own, which only IAM lets in, and the topics of the stage. */
module.exports = async (variables) => {
  const { stage, parameter, isTest, zones, keep } = await readStage(variables);
  const replication = zones;
  return {
    Resources: {
      KafkaConfiguration: {
        Type: 'AWS::MSK::Configuration',
        Properties: {
          Name: `orderly-${stage}`,
          Description: 'An acknowledged record survives the loss of a zone',
          ServerProperties: [
            'auto.create.topics.enable=false',
            `default.replication.factor=${replication}`,
            `min.insync.replicas=${replication - 1}`,
            'unclean.leader.election.enable=false',
            'log.message.timestamp.type=LogAppendTime', // the age of a record is when Kafka had it
            '',
          ].join('\n'),
          LatestRevision: { Description: 'The only one' },
        },
      },
      KafkaLogGroup: {
        Type: 'AWS::Logs::LogGroup',
        Properties: {
          LogGroupName: { 'Fn::Sub': '/orderly/${AWS::StackName}/kafka' },
          RetentionInDays: 30,
          KmsKeyId: { 'Fn::GetAtt': ['DataKey', 'Arn'] },
        },
      },
      Kafka: {
        Type: 'AWS::MSK::Cluster',
        ...keep('Retain'),
        Properties: {
          ClusterName: `orderly-${stage}`,
          KafkaVersion: await parameter('kafkaVersion'),
          NumberOfBrokerNodes: zones,
          BrokerNodeGroupInfo: {
            InstanceType: isTest ? 'kafka.t3.small' : await parameter('kafkaInstanceType'),
            ClientSubnets: Array.from({ length: zones }, (_, index) => ({
              Ref: `PrivateSubnet${index + 1}`,
            })),
            SecurityGroups: [{ 'Fn::GetAtt': ['KafkaSecurityGroup', 'GroupId'] }],
            StorageInfo: { EBSStorageInfo: { VolumeSize: Number(await parameter('kafkaStorageGb')) } },
          },
          ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
          ConfigurationInfo: {
            Arn: { Ref: 'KafkaConfiguration' },
            Revision: { 'Fn::GetAtt': ['KafkaConfiguration', 'LatestRevision.Revision'] },
          },
          EncryptionInfo: {
            EncryptionAtRest: { DataVolumeKMSKeyId: { 'Fn::GetAtt': ['DataKey', 'Arn'] } },
            EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
          },
          EnhancedMonitoring: 'PER_BROKER',
          LoggingInfo: {
            BrokerLogs: { CloudWatchLogs: { Enabled: true, LogGroup: { Ref: 'KafkaLogGroup' } } },
          },
        },
      },
      KafkaStorage: {
        Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
        Properties: {
          ServiceNamespace: 'kafka',
          ScalableDimension: 'kafka:broker-storage:VolumeSize',
          ResourceId: { Ref: 'Kafka' },
          MinCapacity: 1,
          MaxCapacity: 10 * Number(await parameter('kafkaStorageGb')),
        },
      },
      KafkaStorageGrowth: {
        Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
        Properties: {
          PolicyName: 'grow',
          PolicyType: 'TargetTrackingScaling',
          ScalingTargetId: { Ref: 'KafkaStorage' },
          TargetTrackingScalingPolicyConfiguration: {
            TargetValue: 60, // per cent; a volume never shrinks
            DisableScaleIn: true,
            PredefinedMetricSpecification: { PredefinedMetricType: 'KafkaBrokerStorageUtilization' },
          },
        },
      },
      ...Object.fromEntries(
        Object.entries(topics).map(([name, settings]) => [
          `Topic${name.replace(/(^|\.)./g, (start) => start.replace('.', '').toUpperCase())}`,
          topic(`${stage === 'prod' ? '' : `${stage}.`}${name}`, settings, replication, keep('Retain')),
        ]),
      ),
    },
  };
};

/** The partitions are for good: order per key holds only while their number stays. */
const topic = (name, { partitions, retentionMs, maxMessageBytes }, replication, kept) => ({
  Type: 'AWS::MSK::Topic',
  ...kept,
  Properties: {
    ClusterArn: { Ref: 'Kafka' },
    TopicName: name,
    PartitionCount: partitions,
    ReplicationFactor: replication,
    Configs: Buffer.from(
      [
        `retention.ms=${retentionMs}`,
        ...(maxMessageBytes === undefined ? [] : [`max.message.bytes=${maxMessageBytes}`]),
        '',
      ].join('\n'),
    ).toString('base64'),
  },
});
