import type { Resource, Resources, TemplatePart } from '../../deployment/stack/framework.ts';
import { type TopicSettings, topicConfig, topics } from '../../lib/kafka/topics/topics.ts';
import { type Alarm, alarmOf } from './alarms.ts';
import { logGroups, privateSubnets, type Stage } from './stage.ts';

const HOUR_MS = 60 * 60 * 1000;
/** The default of topics. */
const RETENTION_HOURS = 168;
/** Settings that topics inherit from the brokers. */
const inherited: Readonly<Record<string, string>> = topicConfig({ retentionMs: RETENTION_HOURS * HOUR_MS });
/** https://docs.aws.amazon.com/msk/latest/developerguide/limits.html */
const LARGEST_VOLUME_GB = 16_384;

/** Amazon MSK with its own brokers, which authenticate clients by IAM only, and the topics of the stage. */
export function provisionedKafka(stage: Stage): TemplatePart {
  const { name, settings, zones, keep } = stage;
  const { kafkaPrefix: prefix, kafkaStorageGb: volumeGb } = settings;
  const replication = zones;
  return {
    Resources: {
      KafkaConfiguration: {
        Type: 'AWS::MSK::Configuration',
        Properties: {
          Name: `orderly-${name}`,
          Description: 'An acknowledged record survives the loss of a zone',
          ServerProperties: [
            'auto.create.topics.enable=false',
            `default.replication.factor=${replication}`,
            `min.insync.replicas=${replication - 1}`,
            'unclean.leader.election.enable=false',
            `log.message.timestamp.type=${inherited['message.timestamp.type']}`,
            `log.retention.bytes=${inherited['retention.bytes']}`,
            `log.retention.hours=${RETENTION_HOURS}`,
            ...(zones === 2 ? internalTopicsOnTwoBrokers : []),
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
          ClusterName: `orderly-${name}`,
          KafkaVersion: settings.kafkaVersion,
          NumberOfBrokerNodes: zones,
          BrokerNodeGroupInfo: {
            InstanceType: settings.kafkaInstanceType,
            ClientSubnets: privateSubnets(stage),
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
          EnhancedMonitoring: 'DEFAULT', // free, and enough for the alarms; AWS charges for more metrics by the broker
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
      ...alarms(alarmOf(stage), `orderly-${name}`, zones),
      ...Object.fromEntries(
        Object.entries(topics).map(([topicName, topicSettings]) => [
          `Topic${topicName.replace(/(^|\.)./g, (start) => start.replace('.', '').toUpperCase())}`,
          topic(prefix + topicName, topicSettings, replication, keep('Retain')),
        ]),
      ),
    },
  };
}

/**
 * By default Kafka's internal topics have three replicas, and Kafka cannot create them on fewer brokers. Then no
 * consumer group could start. https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html
 */
const internalTopicsOnTwoBrokers = [
  'offsets.topic.replication.factor=2',
  'transaction.state.log.replication.factor=2',
  'transaction.state.log.min.isr=1',
];

/** The number of partitions must never change: the order of records per key depends on it. */
const topic = (
  name: string,
  { partitions, ...settings }: TopicSettings,
  replication: number,
  kept: ReturnType<Stage['keep']>,
): Resource => ({
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
 * Returns the settings in which a topic differs from the brokers, as base64 of JSON. AWS documents only that it is
 * base64. Terraform's provider sends JSON, and is tested against AWS:
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kafka/topic.go
 */
function encodeConfigs(settings: Omit<TopicSettings, 'partitions'>): { readonly Configs?: string } {
  const configs = Object.fromEntries(
    Object.entries(topicConfig(settings)).filter(([name, value]) => inherited[name] !== value),
  );
  return Object.keys(configs).length === 0
    ? {}
    : { Configs: Buffer.from(JSON.stringify(configs)).toString('base64') };
}

/** https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html */
function alarms(alarm: Alarm, clusterName: string, brokers: number): Resources {
  const metric = (MetricName: string, dimensions: Readonly<Record<string, string>> = {}) => ({
    Namespace: 'AWS/Kafka',
    MetricName,
    Dimensions: Object.entries({ 'Cluster Name': clusterName, ...dimensions }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
  });
  /** The highest value of any broker. Several metrics are summed up for each broker. */
  const highestOf = (names: readonly string[], Period: number) => {
    const ofBroker = (broker: string) => [
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
      AlarmDescription: 'Partitions have no leader: clients cannot write to them or read from them.',
      ...metric('OfflinePartitionsCount'),
      Statistic: 'Maximum', // all brokers report it; those that are not the controller report 0
      Period: 60,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 3,
      Threshold: 0,
    }),
    KafkaDiskAlarm: alarm('KafkaDisk', {
      AlarmDescription: 'The volume of a broker is 85 % full, although volumes grow above 60 %.',
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
