const { topicConfig, topics } = require('../../lib/kafka/topics/topics.ts');
const { alarmsOf } = require('./alarm.cjs');
const { logGroups } = require('./log-groups.cjs');
const { readStage } = require('./stage.cjs');

const HOUR_MS = 60 * 60 * 1000;
/** Of topics that say nothing else. */
const RETENTION_HOURS = 168;
/** Settings that topics inherit from the brokers. */
const inherited = topicConfig({ retentionMs: RETENTION_HOURS * HOUR_MS });
/** https://docs.aws.amazon.com/msk/latest/developerguide/limits.html */
const LARGEST_VOLUME_GB = 16_384;

/** Amazon MSK with brokers of its own, which only IAM lets in, and the topics of the stage. */
module.exports = async (variables) => {
  const read = await readStage(variables);
  const { stage, parameter, zones, keep } = read;
  const replication = zones;
  const prefix = await parameter('kafkaPrefix');
  const volumeGb = Number(await parameter('kafkaStorageGb'));
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
            `log.message.timestamp.type=${inherited['message.timestamp.type']}`,
            `log.retention.bytes=${inherited['retention.bytes']}`,
            `log.retention.hours=${RETENTION_HOURS}`,
            ...(zones === 2 ? internalTopicsOfTwo : []),
            '',
          ].join('\n'),
          LatestRevision: { Description: 'The only one' },
        },
      },
      KafkaLogGroup: {
        Type: 'AWS::Logs::LogGroup',
        Properties: {
          LogGroupName: { 'Fn::Sub': logGroups(stage).kafka },
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
            InstanceType: await parameter('kafkaInstanceType'),
            ClientSubnets: Array.from({ length: zones }, (_, index) => ({
              Ref: `PrivateSubnet${index + 1}`,
            })),
            SecurityGroups: [{ 'Fn::GetAtt': ['KafkaSecurityGroup', 'GroupId'] }],
            StorageInfo: { EBSStorageInfo: { VolumeSize: volumeGb } },
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
          EnhancedMonitoring: 'DEFAULT', // free, and has what the alarms ask; each further metric is paid, by broker
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
          MaxCapacity: Math.min(10 * volumeGb, LARGEST_VOLUME_GB),
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
      ...alarms(await alarmsOf(read), `orderly-${stage}`, zones),
      ...Object.fromEntries(
        Object.entries(topics).map(([name, settings]) => [
          `Topic${name.replace(/(^|\.)./g, (start) => start.replace('.', '').toUpperCase())}`,
          topic(prefix + name, settings, replication, keep('Retain')),
        ]),
      ),
    },
  };
};

/**
 * Kafka wants three copies of its own topics if nobody says otherwise, and does not make them on fewer brokers: then no
 * consumer group could begin. https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html
 */
const internalTopicsOfTwo = [
  'offsets.topic.replication.factor=2',
  'transaction.state.log.replication.factor=2',
  'transaction.state.log.min.isr=1',
];

/** The partitions are for good: order per key holds only while their number stays. */
const topic = (name, { partitions, ...settings }, replication, kept) => ({
  Type: 'AWS::MSK::Topic',
  ...kept,
  Properties: {
    ClusterArn: { Ref: 'Kafka' },
    TopicName: name,
    PartitionCount: partitions,
    ReplicationFactor: replication,
    ...encodeConfigs(settings),
  },
});

/**
 * What a topic has otherwise than the brokers, as base64 of JSON. AWS tells no more than that it is base64; this form is the
 * one that Terraform's provider sends, and tests against AWS:
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kafka/topic.go
 */
function encodeConfigs(settings) {
  const configs = Object.fromEntries(
    Object.entries(topicConfig(settings)).filter(([name, value]) => inherited[name] !== value),
  );
  return Object.keys(configs).length === 0
    ? {}
    : { Configs: Buffer.from(JSON.stringify(configs)).toString('base64') };
}

/** https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html */
function alarms(alarm, clusterName, brokers) {
  const metric = (MetricName, dimensions) => ({
    Namespace: 'AWS/Kafka',
    MetricName,
    Dimensions: Object.entries({ 'Cluster Name': clusterName, ...dimensions }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
  });
  /** The highest value of any broker; for several metrics, their sum. */
  const highestOf = (names, Period) => {
    const ofBroker = (broker) => [
      ...names.map((name) => ({
        Id: `of${name}${broker}`,
        MetricStat: { Metric: metric(name, { 'Broker ID': broker }), Period, Stat: 'Maximum' },
        ReturnData: false,
      })),
      {
        Id: `broker${broker}`,
        Expression: names.map((name) => `of${name}${broker}`).join('+'),
        ReturnData: false,
      },
    ];
    const ids = Array.from({ length: brokers }, (_, index) => String(index + 1));
    return {
      Metrics: [
        ...ids.flatMap(ofBroker),
        { Id: 'highest', Expression: `MAX([${ids.map((id) => `broker${id}`)}])`, ReturnData: true },
      ],
    };
  };
  return {
    KafkaOfflineAlarm: alarm('KafkaOffline', {
      AlarmDescription:
        'Partitions have no broker that leads them: nobody can write to them or read from them.',
      ...metric('OfflinePartitionsCount'),
      Statistic: 'Maximum', // all brokers tell it, and those that are not the controller tell 0
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 0,
    }),
    KafkaDiskAlarm: alarm('KafkaDisk', {
      AlarmDescription: 'A broker has filled 85 % of its volume, although volumes grow from 60 % on.',
      ...highestOf(['KafkaDataLogsDiskUsed'], 300),
      EvaluationPeriods: 3,
      Threshold: 85,
    }),
    KafkaUnderMinIsrAlarm: alarm('KafkaUnderMinIsr', {
      AlarmDescription: 'Partitions have too few in-sync replicas and accept no writes.',
      ...highestOf(['UnderMinIsrPartitionCount'], 60),
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 0,
    }),
    KafkaUnderReplicatedAlarm: alarm('KafkaUnderReplicated', {
      AlarmDescription: 'For 30 minutes partitions have had replicas that are not in sync.',
      ...highestOf(['UnderReplicatedPartitions'], 300), // MSK patches brokers one by one, some minutes each
      EvaluationPeriods: 6,
      Threshold: 0,
    }),
    KafkaCpuAlarm: alarm('KafkaCpu', {
      // above 60 % a broker cannot take over the load of an unavailable one: https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html
      AlarmDescription: 'A broker uses more than 60 % of its CPU.',
      ...highestOf(['CpuUser', 'CpuSystem'], 300),
      EvaluationPeriods: 6,
      Threshold: 60,
    }),
  };
}
