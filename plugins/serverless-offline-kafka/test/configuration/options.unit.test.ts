import { describe, expect, test } from '@jest/globals';
import { type OptionSources, readOptions } from '../../src/configuration/options.ts';

const read = (options: unknown, sources: Partial<OptionSources> = {}) => {
  const { options: given, problems } = readOptions({
    custom: { 'serverless-offline-kafka': options },
    cliOptions: {},
    environment: {},
    serviceDir: import.meta.dirname,
    functionKeys: ['work', 'also'],
    ...sources,
  });
  return { given, problems: problems.map(({ path, message }) => `${path.join('.')}: ${message}`) };
};

const OPTIONS = 'custom.serverless-offline-kafka';

describe('the brokers', () => {
  const environment = { KAFKA_BROKERS: 'env:9092' };
  const brokers = (options: unknown, sources: Partial<OptionSources> = {}) => {
    const { given, problems } = read(options, sources);
    expect(problems).toEqual([]);
    return given.of('work', 'Mapping').brokers?.bootstrapServers;
  };

  test('come from the command line, else the options of the mapping, of its function, of all, or KAFKA_BROKERS', () => {
    const all = { bootstrapServers: 'all:1,all:2', functions: { work: { bootstrapServers: 'own:1' } } };
    const mappings = { Mapping: { bootstrapServers: 'mapping:1' }, Other: { bootstrapServers: 'other:1' } };

    expect(brokers(all, { environment, cliOptions: { kafkaBootstrapServers: 'cli:1' } })).toBe('cli:1');
    expect(brokers({ ...all, mappings }, { environment })).toBe('mapping:1');
    expect(brokers(all, { environment })).toBe('own:1');
    expect(brokers({ bootstrapServers: 'all:1,all:2' }, { environment })).toBe('all:1,all:2');
    expect(brokers(undefined, { environment })).toBe('env:9092');
    expect(brokers({ bootstrapServers: '' }, { environment })).toBe('env:9092');
    expect(brokers(undefined, { environment: { KAFKA_BROKERS: '' } })).toBeUndefined();
  });

  test.each([
    [
      '--kafkaBootstrapServers',
      { bootstrapServers: 'a:1' },
      { cliOptions: { kafkaBootstrapServers: 'b:1' } },
    ],
    [
      `${OPTIONS}.mappings.Mapping.bootstrapServers`,
      { mappings: { Mapping: { bootstrapServers: 'a:1' } } },
      {},
    ],
    [`${OPTIONS}.functions.work.bootstrapServers`, { functions: { work: { bootstrapServers: 'a:1' } } }, {}],
    [`${OPTIONS}.bootstrapServers`, { bootstrapServers: 'a:1' }, { environment }],
    ['KAFKA_BROKERS', {}, { environment }],
  ])('have the setting that they come from: %s', (setBy, options, sources) => {
    expect(read(options, sources).given.of('work', 'Mapping').brokers).toMatchObject({ setBy });
  });

  test.each([
    [`${OPTIONS}.bootstrapServers`, { bootstrapServers: 'localhost' }, {}],
    [`${OPTIONS}.functions.work.bootstrapServers`, { functions: { work: { bootstrapServers: 'a:1,' } } }, {}],
    ['--kafkaBootstrapServers', { bootstrapServers: 'a:1' }, { cliOptions: { kafkaBootstrapServers: 'b' } }],
    ['KAFKA_BROKERS', {}, { environment: { KAFKA_BROKERS: 'localhost' } }],
  ])('must be host:port, and an error has the setting: %s', (place, options, sources) => {
    expect(read(options, sources).problems).toEqual([`${place}: must be host:port, separated by commas`]);
  });
});

describe('behaviour that AWS does not document', () => {
  test('has defaults', () => {
    expect(read(undefined).given.of('work', 'Mapping')).toEqual({
      brokers: undefined,
      sessionTimeoutMs: 6_000,
      batches: 'per-partition',
      nullFields: 'omit',
      backoff: { initialMs: 200, maximumMs: 30_000 },
      partialResponse: 'reported',
      filterMismatch: 'pass',
    });
    expect(read(undefined).given).toMatchObject({ assumeProvisionedMode: false, secrets: {} });
  });

  test('is selected in the options, also for one function', () => {
    const all = {
      batches: 'mixed',
      nullFields: 'null',
      partialResponse: 'from-lowest',
      filterMismatch: 'drop',
      sessionTimeoutMs: 10_000,
    };
    const work = { batches: 'per-partition', retryBackoff: { initialMs: 5 } };

    const { given, problems } = read({ ...all, functions: { work } });

    expect(problems).toEqual([]);
    expect(given.of('also', 'Other')).toMatchObject({
      ...all,
      backoff: { initialMs: 200, maximumMs: 30_000 },
    });
    expect(given.of('work', 'Mapping')).toMatchObject({
      ...all,
      batches: 'per-partition',
      backoff: { initialMs: 5, maximumMs: 30_000 },
    });
  });

  test('is selected on the command line, which takes precedence', () => {
    const { given, problems } = read(
      { batches: 'per-partition', functions: { work: { batches: 'per-partition' } } },
      { cliOptions: { kafkaBatches: 'mixed', kafkaAssumeProvisionedMode: true, host: '0.0.0.0' } },
    );

    expect(problems).toEqual([]);
    expect(given.of('work', 'Mapping').batches).toBe('mixed');
    expect(given.assumeProvisionedMode).toBe(true);
  });

  test('can be switched off on the command line, and absent options have no effect', () => {
    const options = { assumeProvisionedMode: true, batches: 'mixed' };

    expect(
      read(options, { cliOptions: { kafkaAssumeProvisionedMode: false } }).given.assumeProvisionedMode,
    ).toBe(false);
    expect(
      read(options, { cliOptions: { kafkaBatches: undefined } }).given.of('work', 'Mapping').batches,
    ).toBe('mixed');
    expect(read(options, { cliOptions: { kafkaBatches: null } }).given.of('work', 'Mapping').batches).toBe(
      'mixed',
    );
  });
});

describe('an invalid option is a problem with its path', () => {
  test.each([
    ['bootstrapServer', { bootstrapServer: 'a:1' }],
    ['sessionTimeoutMs', { sessionTimeoutMs: '6 s' }],
    ['sessionTimeoutMs', { sessionTimeoutMs: 999 }],
    ['batches', { batches: 'both' }],
    ['nullFields', { nullFields: 'keep' }],
    ['partialResponse', { partialResponse: 'all' }],
    ['filterMismatch', { filterMismatch: 'keep' }],
    ['mappings.Mapping.topic', { mappings: { Mapping: { topic: 'orders' } } }],
    ['retryBackoff.initialMs', { retryBackoff: { initialMs: 0 } }],
    ['retryBackoff', { retryBackoff: { initialMs: 2, maximumMs: 1 } }],
    ['retryBackoff.factor', { retryBackoff: { factor: 2 } }],
    ['assumeProvisionedMode', { assumeProvisionedMode: 'yes' }],
    ['sqsEndpoint', { sqsEndpoint: 'localhost:9324' }],
    ['secrets.arn', { secrets: { arn: { username: 'a' } } }],
    ['functions.work.batches', { functions: { work: { batches: 'both' } } }],
    ['functions.work.sessionTimeoutMs', { functions: { work: { sessionTimeoutMs: 6_000 } } }],
    ['functions.wrok', { functions: { wrok: { batches: 'mixed' } } }],
  ])('%s', (place, options) => {
    expect(read(options).problems).toEqual([expect.stringContaining(`${OPTIONS}.${place}: `)]);
  });

  test('or with its flag', () => {
    expect(read({}, { cliOptions: { kafkaBatches: 'both' } }).problems).toEqual([
      expect.stringContaining('--kafkaBatches: '),
    ]);
  });

  test('also if the options are not an object', () => {
    expect(read('localhost:9092').problems).toEqual([expect.stringContaining(`${OPTIONS}: `)]);
  });
});

test('a local SQS has an endpoint', () => {
  expect(read({ sqsEndpoint: 'http://localhost:9324' }).given.sqsEndpoint).toBe('http://localhost:9324');
});
