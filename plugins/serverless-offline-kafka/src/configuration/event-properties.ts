import type { KafkaEvent, MskEvent } from './event-settings.ts';
import type { SettingPath } from './problem.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** Returns the properties that osls packages for an `msk` event (osls: `lib/plugins/aws/package/compile/events/msk`). */
export function mskProperties(event: MskEvent): Properties {
  return defined({
    ...commonProperties(event),
    EventSourceArn: event.arn,
    SourceAccessConfigurations: event.saslScram512
      ? [{ Type: 'SASL_SCRAM_512_AUTH', URI: event.saslScram512 }]
      : undefined,
    AmazonManagedKafkaEventSourceConfig: groupOf(event),
  });
}

/** Returns the properties that osls packages for a `kafka` event (osls: `lib/plugins/aws/package/compile/events/kafka.js`). */
export function kafkaProperties(event: KafkaEvent): Properties {
  const { bootstrapServers, accessConfigurations = {}, onFailureDestination } = event;
  return defined({
    ...commonProperties(event),
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: bootstrapServers } },
    SourceAccessConfigurations: Object.entries(accessConfigurations).flatMap(([setting, uris = []]) => {
      const { Type, prefix } = accessTypes[setting] ?? { Type: setting, prefix: '' };
      return uris.map((uri) => ({ Type, URI: `${prefix}${uri}` }));
    }),
    SelfManagedKafkaEventSourceConfig: groupOf(event),
    DestinationConfig: onFailureDestination
      ? { OnFailure: { Destination: onFailureDestination } }
      : undefined,
  });
}

/** Returns the path of a mapping's property in its event. */
export function eventSetting(kind: 'msk' | 'kafka', [property = '', ...rest]: SettingPath): SettingPath {
  const numbers = rest.filter((step) => typeof step === 'number');
  switch (property) {
    case 'Topics':
      return ['topic'];
    case 'EventSourceArn':
      return ['arn'];
    case 'MaximumBatchingWindowInSeconds':
      return ['maximumBatchingWindow'];
    case 'SelfManagedEventSource':
      return ['bootstrapServers', ...numbers];
    case 'SourceAccessConfigurations':
      return [kind === 'msk' ? 'saslScram512' : 'accessConfigurations'];
    case 'AmazonManagedKafkaEventSourceConfig':
    case 'SelfManagedKafkaEventSourceConfig':
      return ['consumerGroupId'];
    case 'FilterCriteria':
      return ['filterPatterns', ...numbers];
    case 'DestinationConfig':
      return ['onFailureDestination'];
    default:
      return (property === '' ? [] : [property, ...rest]).map((step) =>
        typeof step === 'number' ? step : lowerFirst(step),
      );
  }
}

/** A setting of an event that osls drops. */
export interface DroppedSetting {
  /** The property with which the setting takes effect. */
  readonly property: string;
  readonly setting: SettingPath;
  readonly consequence: string;
}

/** Returns the settings that osls drops from an event without a warning. */
export function droppedSettings(event: MskEvent | KafkaEvent): DroppedSetting[] {
  const pollers = Object.keys(event.provisionedPollerConfig ?? {}).filter(
    (name) => !['minimumPollers', 'maximumPollers'].includes(name),
  );
  return [
    ...(event.maximumBatchingWindow === 0
      ? [
          {
            property: 'MaximumBatchingWindowInSeconds',
            setting: ['maximumBatchingWindow'],
            consequence: 'the window is 500 ms',
          },
        ]
      : []),
    ...pollers.map((name) => ({
      property: 'ProvisionedPollerConfig',
      setting: ['provisionedPollerConfig', name],
      consequence: 'it has no effect',
    })),
  ];
}

const accessTypes: Readonly<Record<string, { readonly Type: string; readonly prefix: string }>> = {
  vpcSubnet: { Type: 'VPC_SUBNET', prefix: 'subnet:' },
  vpcSecurityGroup: { Type: 'VPC_SECURITY_GROUP', prefix: 'security_group:' },
  saslPlainAuth: { Type: 'BASIC_AUTH', prefix: '' },
  saslScram256Auth: { Type: 'SASL_SCRAM_256_AUTH', prefix: '' },
  saslScram512Auth: { Type: 'SASL_SCRAM_512_AUTH', prefix: '' },
  clientCertificateTlsAuth: { Type: 'CLIENT_CERTIFICATE_TLS_AUTH', prefix: '' },
  serverRootCaCertificate: { Type: 'SERVER_ROOT_CA_CERTIFICATE', prefix: '' },
};

function commonProperties(event: MskEvent | KafkaEvent): Properties {
  const { filterPatterns, provisionedPollerConfig: pollers } = event;
  return {
    Topics: [event.topic],
    StartingPosition: event.startingPosition || 'TRIM_HORIZON',
    StartingPositionTimestamp: event.startingPositionTimestamp,
    BatchSize: event.batchSize,
    Enabled: event.enabled,
    // osls drops a window of 0, and AWS then uses its default.
    MaximumBatchingWindowInSeconds: event.maximumBatchingWindow || undefined,
    FilterCriteria: filterPatterns
      ? { Filters: filterPatterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) }
      : undefined,
    ProvisionedPollerConfig: pollers
      ? defined({ MinimumPollers: pollers.minimumPollers, MaximumPollers: pollers.maximumPollers })
      : undefined,
  };
}

const groupOf = ({ consumerGroupId }: MskEvent | KafkaEvent): Properties | undefined =>
  consumerGroupId ? { ConsumerGroupId: consumerGroupId } : undefined;

const defined = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined && value !== null));

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
