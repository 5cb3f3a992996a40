import { describe, expect, test } from '@jest/globals';
import {
  applicationSettings,
  findFaults,
  parseInfrastructure,
  setupSettings,
  withoutPassword,
} from '../../../deployment/stack/stage-settings.ts';
import { stageArguments } from '../../slow/aws/stage-arguments.ts';

const complete = {
  kafkaBrokers: 'b-1.example.com:9098,b-2.example.com:9098',
  kafkaClusterArn: 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/0-1',
  databaseUrl: 'postgresql://orderly_app@proxy.example.com:5432/orderly',
  databaseResourceId: 'prx-0123',
  vpcSubnetIds: 'subnet-01,subnet-02',
  vpcSecurityGroupIds: 'sg-01',
  authIssuer: 'https://issuer.example.com/',
  authAudience: 'https://orders.example.com',
  authJwksUrl: 'https://issuer.example.com/keys',
};
const secret = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:fulfilment-AbCdEf';

const linesOf = (given: Readonly<Record<string, unknown>>, settings = applicationSettings): string[] =>
  findFaults(settings, new Map(Object.entries(given))).map(({ line }) => line);

const without = (...names: (keyof typeof complete)[]): Record<string, string> =>
  Object.fromEntries(Object.entries(complete).filter(([name]) => !names.some((other) => other === name)));

describe('the parameters of the application', () => {
  test('are complete with an example of each required one', () => {
    expect(linesOf(complete)).toEqual([]);
  });

  test('that are missing are all listed, and an empty one is missing too', () => {
    const lines = linesOf({ ...without('vpcSubnetIds', 'databaseUrl'), vpcSecurityGroupIds: '' });

    expect(lines).toEqual([
      'vpcSubnetIds is missing: the private subnets that reach the brokers and the database, separated by commas',
      'vpcSecurityGroupIds is missing: the security groups of the functions, separated by commas',
      expect.stringMatching(/^databaseUrl is missing: the URL of the database or its proxy/),
    ]);
  });

  test.each([
    ['subnet-1, subnet-2', 'vpcSubnetIds'],
    ['xsubnet-1', 'vpcSubnetIds'],
    ['subnet-1\n', 'vpcSubnetIds'],
    ['10001', 'ordersBatchSize'],
    ['0', 'ordersBatchSize'],
    ['301', 'ordersBatchingWindow'],
    ['0', 'ordersBatchingWindow'],
    ['lowest', 'ordersLatency'],
    ['0', 'rateLimit'],
    ['1.5', 'rateLimit'],
    ['sometimes', 'test'],
    ['http://collector.example.com:4318', 'otlpEndpoint'],
    ['http://11.0.0.1:4318', 'otlpEndpoint'],
    ['http://10.example.com:4318', 'otlpEndpoint'],
    ['https://collector.example.com?key=1', 'otlpEndpoint'],
    ['collector.example.com:4318', 'otlpEndpoint'],
    ['1.1', 'traceRatio'],
    ['1%', 'traceRatio'],
    ['-0.5', 'traceRatio'],
  ])('%j is rejected as a whole for %s', (value, name) => {
    expect(linesOf({ ...complete, [name]: value })).toEqual([
      expect.stringContaining(`${name} is "${value}", but must be: `),
    ]);
  });

  test.each([
    '*',
    'https://*.example.com',
    'https://Shop.example.com',
    'https://shop.example.com/',
    'https://shop.example.com,*',
  ])('name the origins of web pages one by one, as browsers write them: not %s', (corsOrigins) => {
    expect(linesOf({ ...complete, corsOrigins })).toEqual([
      expect.stringContaining(`corsOrigins is "${corsOrigins}", but must be: the origins of web pages`),
    ]);
  });

  test('may be numbers and booleans, as YAML reads them', () => {
    expect(linesOf({ ...complete, ordersBatchSize: 200, test: true })).toEqual([]);
  });

  test.each([
    ['otlpEndpoint', 'https://xray.eu-west-1.amazonaws.com'],
    ['otlpEndpoint', 'https://collector.example.com:4318/otlp'],
    ['otlpEndpoint', 'http://10.20.1.5:4318'],
    ['otlpEndpoint', 'http://collector.orders.internal:4318'],
    ['traceRatio', '0'],
    ['traceRatio', '0.005'],
    ['traceRatio', '1'],
  ])('may have %s=%s', (name, value) => {
    expect(linesOf({ ...complete, [name]: value })).toEqual([]);
  });

  test('with a variable are left to the framework', () => {
    expect(linesOf({ ...complete, vpcSubnetIds: ['$', '{cf:network.subnets}'].join('') })).toEqual([]);
  });

  test('contain the id of the database or a secret; one of the two is enough', () => {
    const neither = without('databaseResourceId');

    expect(linesOf({ ...neither, databaseSecretArn: secret })).toEqual([]);
    expect(findFaults(applicationSettings, new Map(Object.entries(neither)))).toEqual([
      {
        name: 'databaseResourceId',
        line: expect.stringMatching(
          /^databaseResourceId or databaseSecretArn is missing: the resource id .*; or the ARN of/,
        ),
        example: 'prx-0123456789abcdef0',
      },
    ]);
  });

  test('need no issuer with exactly auth=none, but an issuer that is given must be right', () => {
    const open = without('authIssuer', 'authAudience', 'authJwksUrl');

    expect(linesOf({ ...open, auth: 'none' })).toEqual([]);
    expect(linesOf({ ...open, auth: 'jwt' })).toEqual(
      ['authIssuer', 'authAudience', 'authJwksUrl'].map((name) =>
        expect.stringMatching(
          new RegExp(`^${name} is missing: .* \\(not needed with --param='auth=none'\\)$`),
        ),
      ),
    );
    expect(linesOf({ ...open, auth: 'none', authIssuer: 'none' })).toEqual([
      expect.stringContaining('authIssuer is "none", but must be'),
    ]);
  });

  test.each([
    ['fulfilmentUrl', 'https://fulfilment.example.com', 'fulfilmentSecretArn'],
    ['ordersMinimumPollers', '2', 'ordersMaximumPollers'],
    ['ordersMaximumPollers', '2', 'ordersMinimumPollers'],
  ])('with %s=%s need %s', (name, value, needed) => {
    expect(linesOf({ ...complete, [name]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${needed} is missing: `)),
    ]);
  });

  test('have a low latency or a window, not both', () => {
    const low = { ...complete, ordersLatency: 'low' };

    expect(linesOf(low)).toEqual([]);
    expect(linesOf({ ...complete, ordersLatency: 'standard', ordersBatchingWindow: '5' })).toEqual([]);
    expect(linesOf({ ...low, ordersBatchingWindow: '5' })).toEqual([
      'ordersLatency is "low", so Lambda does not collect orders: leave out ordersBatchingWindow, or set standard',
    ]);
  });

  test('may contain the secret of a receiver without its URL', () => {
    expect(linesOf({ ...complete, fulfilmentSecretArn: secret })).toEqual([]);
  });

  test('are reported together when some are missing, some malformed, and a rule about several is broken', () => {
    const lines = linesOf({ ...without('databaseResourceId', 'kafkaBrokers'), kafkaAuth: 'password' });

    expect(lines).toEqual([
      expect.stringMatching(/^kafkaBrokers is missing/),
      expect.stringMatching(/^databaseResourceId or databaseSecretArn is missing/),
      expect.stringMatching(/^kafkaAuth is "password", but must be/),
    ]);
  });

  test('never appear in a message with the password of a URL', () => {
    const databaseUrl = 'postgresql://orderly_app:hunter2@proxy.example.com:5432/orderly';

    expect(linesOf({ ...complete, databaseUrl }).join()).toContain('orderly_app:***@proxy');
    expect(withoutPassword(`--param databaseUrl=${databaseUrl}`)).not.toContain('hunter2');
  });

  test('each have a description and a valid example', () => {
    for (const settings of [applicationSettings, setupSettings]) {
      const malformed = new Map(Object.keys(settings.shape).map((name) => [name, '\n']));
      const faults = findFaults(settings, malformed);
      const examples = new Map(faults.map(({ name, example }) => [name, example]));

      expect(faults.map(({ name }) => name).sort()).toEqual(Object.keys(settings.shape).sort());
      expect(faults.every(({ line }) => /, but must be: .{10,}/.test(line))).toBe(true);
      expect(findFaults(settings, examples)).toEqual([]);
    }
  });
});

test('the setup requires the database and the secret of the migration', () => {
  const lines = findFaults(setupSettings, new Map(Object.entries(complete))).map(({ line }) => line);

  expect(lines).toEqual([
    expect.stringMatching(/^migrationDatabaseUrl is missing: the URL of the database itself/),
    expect.stringMatching(/^migrationSecretArn is missing: /),
  ]);
});

test('the stage that "npm run test:deploy" deploys into the emulator has valid parameters', () => {
  const values = stageArguments({ brokers: '127.0.0.1:9092', postgresPort: 5432 })
    .filter((argument) => argument !== '--param')
    .map((argument) => argument.split(/=(.*)/, 2) as [string, string]);

  expect(values.length).toBeGreaterThan(10);
  expect(findFaults(applicationSettings, new Map(values))).toEqual([]);
  expect(findFaults(setupSettings, new Map(values))).toEqual([]);
});

describe('the parameters of the infrastructure', () => {
  const defaults = {
    ...{ kafka: 'provisioned', kafkaVersion: '3.9.x.kraft', kafkaInstanceType: 'kafka.m7g.large' },
    ...{ kafkaStorageGb: 100, kafkaPrefix: '', databaseVersion: '17.7', databaseMinimumCapacity: 2 },
    ...{ databaseMaximumCapacity: 16, vpcCidr: '10.20.0.0/16', availabilityZones: '', natGateways: 'each' },
    ...{ alarmTopicArn: null, test: false, isProtected: true },
  };

  test('have the types that the resources need', () => {
    expect(parseInfrastructure(defaults)).toMatchObject({
      kafkaStorageGb: 100,
      alarmTopicArn: '',
      test: false,
      isProtected: true,
    });
  });

  test.each([
    ['kafka', 'confluent', 'provisioned or serverless.'],
    ['natGateways', 'two', 'each or one.'],
    ['test', 'yes', 'true or false.'],
    ['isProtected', 'no', 'true or false.'],
    ['kafkaStorageGb', 'many', 'a positive number.'],
    ['databaseMinimumCapacity', '0', 'a positive number.'],
    ['vpcCidr', '10.20.0.0/18', 'a block of /16 or /17'],
    ['vpcCidr', '10.20.0.0', 'a block of /16 or /17'],
    ['vpcCidr', 'fd00::/16', 'a block of /16 or /17'],
  ])('%s=%s is rejected, and the message names the valid values', (name, value, valid) => {
    expect(() => parseInfrastructure({ ...defaults, [name]: value })).toThrow(
      `The parameter ${name} is "${value}", but must be ${valid}`,
    );
  });

  test('are rejected in one message', () => {
    expect(() => parseInfrastructure({ ...defaults, kafka: 'x', test: 'y' })).toThrow(
      /The parameter kafka is "x".*\nThe parameter test is "y"/,
    );
  });
});
