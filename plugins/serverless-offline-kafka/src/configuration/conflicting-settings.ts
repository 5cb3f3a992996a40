import type { MappingProperties } from './mapping-properties.ts';
import type { Problem, SettingPath } from './problem.ts';

const DEFAULT_MAXIMUM_POLLERS = 200;

/** Returns settings that are valid alone but not together. `nowMs` is the time at which the mapping would be created. */
export function conflictingSettings(given: MappingProperties, nowMs: number): Problem[] {
  const problems: Problem[] = [];
  const add = (message: string, ...path: SettingPath): void => {
    problems.push({ path, message });
  };
  const isMsk = given.EventSourceArn !== undefined;
  if (isMsk === (given.SelfManagedEventSource !== undefined)) {
    add('exactly one of EventSourceArn and SelfManagedEventSource must be set', 'EventSourceArn');
  }
  if (isMsk && given.SelfManagedKafkaEventSourceConfig) {
    add(
      'is for self-managed clusters; use AmazonManagedKafkaEventSourceConfig for MSK',
      'SelfManagedKafkaEventSourceConfig',
    );
  }
  if (!isMsk && given.AmazonManagedKafkaEventSourceConfig) {
    add(
      'is for MSK; use SelfManagedKafkaEventSourceConfig for a self-managed cluster',
      'AmazonManagedKafkaEventSourceConfig',
    );
  }
  for (const [index, { Type }] of given.SourceAccessConfigurations.entries()) {
    if (isMsk && !mskAccess.includes(Type)) {
      add(`MSK accepts only ${mskAccess.join(' and ')}`, 'SourceAccessConfigurations', index, 'Type');
    }
  }
  addPosition(given, nowMs, add);
  const { MinimumPollers = 1, MaximumPollers = DEFAULT_MAXIMUM_POLLERS } = given.ProvisionedPollerConfig;
  if (MinimumPollers > MaximumPollers) {
    add(
      `${MinimumPollers} is more than the maximum, ${MaximumPollers}`,
      'ProvisionedPollerConfig',
      'MinimumPollers',
    );
  }
  const destination = given.DestinationConfig?.OnFailure?.Destination;
  if (destination?.type === 'kafka' && given.Topics.includes(destination.topic)) {
    add(
      'is the topic that the mapping reads: a failed record would be read again for ever',
      'DestinationConfig',
      'OnFailure',
      'Destination',
    );
  }
  return problems;
}

const mskAccess: readonly string[] = ['SASL_SCRAM_512_AUTH', 'CLIENT_CERTIFICATE_TLS_AUTH'];

function addPosition(
  { StartingPosition, StartingPositionTimestamp: seconds }: MappingProperties,
  nowMs: number,
  add: (message: string, ...path: SettingPath) => void,
): void {
  const isAtTimestamp = StartingPosition === 'AT_TIMESTAMP';
  if (isAtTimestamp && seconds === undefined) {
    add('is required with StartingPosition AT_TIMESTAMP', 'StartingPositionTimestamp');
  }
  if (!isAtTimestamp && seconds !== undefined) {
    add('is only for StartingPosition AT_TIMESTAMP', 'StartingPositionTimestamp');
  }
  if (seconds !== undefined && seconds * 1_000 > nowMs) {
    add('is in the future; the unit is seconds since 1970', 'StartingPositionTimestamp');
  }
}
