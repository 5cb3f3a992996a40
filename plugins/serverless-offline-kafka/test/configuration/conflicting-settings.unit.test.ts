import { describe, expect, test } from '@jest/globals';
import { aKafkaEvent, anMskEvent, LOGICAL_ID, only, read, readExtended } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

const PLACE = `resources.extensions.${LOGICAL_ID}.Properties`;
const nowSeconds = Math.floor(Date.now() / 1_000);

describe('the starting position', () => {
  test('AT_TIMESTAMP needs its timestamp', () => {
    expect(readExtended({ StartingPosition: 'AT_TIMESTAMP' }).problems).toEqual([
      expect.stringContaining('is required with StartingPosition AT_TIMESTAMP'),
    ]);
  });

  test.each(['LATEST', 'TRIM_HORIZON'])('%s accepts no timestamp', (StartingPosition) => {
    expect(readExtended({ StartingPosition, StartingPositionTimestamp: 1 }).problems).toEqual([
      `${PLACE}.StartingPositionTimestamp: is only for StartingPosition AT_TIMESTAMP`,
    ]);
  });

  test.each([
    ['a time to come', nowSeconds + 3_600],
    ['milliseconds', Date.now()],
  ])('must not be in the future: %s', (_, StartingPositionTimestamp) => {
    expect(readExtended({ StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp }).problems).toEqual([
      `${PLACE}.StartingPositionTimestamp: is in the future; the unit is seconds since 1970`,
    ]);
  });

  test('can be a moment ago', () => {
    const given = { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: nowSeconds - 1 };

    expect(only(readExtended(given)).startingPosition).toEqual({
      type: 'AT_TIMESTAMP',
      timestampMs: (nowSeconds - 1) * 1_000,
    });
  });
});

describe('pollers', () => {
  test.each([
    [{ MinimumPollers: 5, MaximumPollers: 4 }, '5 is more than the maximum, 4'],
    [{ MinimumPollers: 2, MaximumPollers: 1 }, '2 is more than the maximum, 1'],
  ])('must have a minimum below the maximum: %j', (ProvisionedPollerConfig, message) => {
    expect(readExtended({ ProvisionedPollerConfig }).problems).toEqual([
      `${PLACE}.ProvisionedPollerConfig.MinimumPollers: ${message}`,
    ]);
  });

  test('can have a minimum of 200, the default maximum of AWS', () => {
    expect(only(readExtended({ ProvisionedPollerConfig: { MinimumPollers: 200 } })).topic).toBe('orders');
  });
});

describe('the source', () => {
  test('must be one of the two kinds of cluster', () => {
    const SelfManagedEventSource = { Endpoints: { KafkaBootstrapServers: ['a.example.com:9092'] } };

    expect(readExtended({ SelfManagedEventSource }).problems).toEqual([
      expect.stringContaining('exactly one of EventSourceArn and SelfManagedEventSource'),
    ]);
  });

  test('of MSK accepts no settings of a self-managed cluster', () => {
    const SelfManagedKafkaEventSourceConfig = { ConsumerGroupId: 'a' };

    expect(readExtended({ SelfManagedKafkaEventSourceConfig }).problems).toEqual([
      expect.stringContaining(`${PLACE}.SelfManagedKafkaEventSourceConfig: is for self-managed clusters`),
    ]);
  });

  test('that is self-managed accepts no settings of MSK', () => {
    const extensions = {
      WorkEventSourceMappingKafkaOrders: {
        Properties: { AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'a' } },
      },
    };
    const service = aService({ work: [aKafkaEvent()] }, { resources: { extensions } });

    expect(read(service).problems).toEqual([
      expect.stringContaining('.AmazonManagedKafkaEventSourceConfig: is for MSK'),
    ]);
  });

  test.each(['BASIC_AUTH', 'SASL_SCRAM_256_AUTH', 'SERVER_ROOT_CA_CERTIFICATE'])(
    'of MSK does not accept %s',
    (Type) => {
      expect(readExtended({ SourceAccessConfigurations: [{ Type, URI: 'arn' }] }).problems).toEqual([
        `${PLACE}.SourceAccessConfigurations.0.Type: MSK accepts only SASL_SCRAM_512_AUTH and CLIENT_CERTIFICATE_TLS_AUTH`,
      ]);
    },
  );
});

describe('the timeout of a function with a Kafka mapping', () => {
  test('is at most 14 minutes', () => {
    const service = (timeout: number) =>
      aService(
        { work: [anMskEvent(), aKafkaEvent()], also: [] },
        { getFunction: (key) => ({ timeout, events: key === 'work' ? [anMskEvent(), aKafkaEvent()] : [] }) },
      );

    expect(read(service(840)).problems).toEqual([]);
    expect(read(service(841)).problems).toEqual([
      'functions.work.timeout: the timeout of a function with a Kafka mapping must be at most 840 s',
    ]);
  });

  test('can come from the provider, whose path is then reported', () => {
    const provider = { stage: 'dev', region: 'eu-west-1', timeout: 900 };

    expect(read(aService({ work: [anMskEvent()] }, { provider })).problems).toEqual([
      'provider.timeout: the timeout of a function with a Kafka mapping must be at most 840 s',
    ]);
  });
});
