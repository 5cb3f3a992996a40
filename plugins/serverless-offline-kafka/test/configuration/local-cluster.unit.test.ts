import { describe, expect, test } from '@jest/globals';
import { readOptions } from '../../src/configuration/options.ts';
import { readMappings } from '../../src/configuration/read-mappings.ts';
import { aKafkaEvent, anMskEvent, only, read } from '../support/configuration.ts';
import { aService } from '../support/service.ts';

const readWith = (servers: unknown, options: Readonly<Record<string, unknown>> = {}) =>
  read(aService({ work: [aKafkaEvent({ bootstrapServers: servers })] }), options);

const SETTING = 'functions.work.events.0.kafka.bootstrapServers';

describe('the brokers of a kafka event', () => {
  test.each([
    ['127.0.0.1:19092'],
    ['localhost:1', 'localhost:2'],
    ['kafka.localhost:9092'],
    ['[::1]:9092'],
    ['0.0.0.0:9092'],
    ['127.0.1.1:9092'],
  ])('are used if they are on this machine and no option is set: %s', (...servers) => {
    const given = readWith(servers);

    expect(only(given).cluster).toMatchObject({ bootstrapServers: servers.join(','), setBy: SETTING });
    expect(given.notices.join()).not.toContain('not used');
  });

  test.each([
    ['broker.example.com:9092'],
    ['localhost:9092', 'broker.example.com:9092'],
    ['localhost.example.com:9092'],
    ['10.0.0.1:9092'],
    ['host.docker.internal:9092'],
  ])('are not used if one is on another machine, with a notice: %s', (...servers) => {
    const given = readWith(servers);

    expect(only(given).cluster.bootstrapServers).toBe('localhost:9092');
    expect(given.notices).toContainEqual(
      expect.stringContaining(
        `${SETTING}: ${servers.join(',')} is not on this machine, so localhost:9092 is used`,
      ),
    );
  });

  test('are overridden by an option, with a notice if they are on this machine', () => {
    const given = readWith(['127.0.0.1:19092'], { bootstrapServers: '127.0.0.1:9092' });

    expect(only(given).cluster.bootstrapServers).toBe('127.0.0.1:9092');
    expect(given.notices).toContainEqual(
      `${SETTING}: 127.0.0.1:19092 is not used: custom.serverless-offline-kafka.bootstrapServers sets 127.0.0.1:9092`,
    );
  });

  test.each([
    ['elsewhere', ['broker.example.com:9092']],
    ['the same', ['127.0.0.1:9092']],
  ])('are overridden by an option without a notice if they are %s', (_, servers) => {
    expect(readWith(servers, { bootstrapServers: '127.0.0.1:9092' }).notices.join()).not.toContain(
      'not used',
    );
  });
});

test('an msk event without options uses the default', () => {
  const given = read(aService({ work: [anMskEvent()] }));

  expect(only(given).cluster).toEqual({
    bootstrapServers: 'localhost:9092',
    security: {},
    sessionTimeoutMs: 6_000,
  });
  expect(given.notices).toEqual([]);
});

test('a mapping can have its own options', () => {
  const service = aService({ work: [anMskEvent(), anMskEvent({ topic: 'other' })] });
  const { options } = readOptions({
    custom: {
      'serverless-offline-kafka': {
        batches: 'mixed',
        mappings: {
          WorkEventSourceMappingMSKOrdersOther: { bootstrapServers: 'other:1', filterMismatch: 'drop' },
        },
      },
    },
    cliOptions: {},
    environment: { KAFKA_BROKERS: 'env:1' },
    serviceDir: import.meta.dirname,
    functionKeys: ['work'],
  });

  expect(readMappings(service, options).definitions).toMatchObject([
    {
      batches: 'mixed',
      filterMismatch: 'pass',
      cluster: { bootstrapServers: 'env:1', setBy: 'KAFKA_BROKERS' },
    },
    { batches: 'mixed', filterMismatch: 'drop', cluster: { bootstrapServers: 'other:1' } },
  ]);
});
