import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import {
  BOUNDARY,
  CLOUDWATCH_TRACES,
  DATABASE_SECRET,
  FULFILMENT_SECRET,
  FULFILMENT_URL,
  PACKAGING_MS,
  type PackagedTemplate,
  packaged,
  SECRET_KEY,
} from '../support/packaged-templates.ts';
import { copyService, type Resources } from '../support/service-copy.ts';
import { functionNames, grantsOf, inCluster, propertiesOf } from './granted.ts';
import { mutations, rules } from './template-rules.ts';

const reservedBy = (from: Resources): number =>
  propertiesOf(from, 'AWS::Lambda::Function').reduce(
    (sum, { ReservedConcurrentExecutions }) => sum + Number(ReservedConcurrentExecutions ?? 0),
    0,
  );

const throttling = z.object({ RouteSettings: z.record(z.string(), z.unknown()) });
const templateFile = z.object({
  Resources: z.object({ HttpApiStage: z.object({ DependsOn: z.unknown() }) }),
});

let application: PackagedTemplate;
let resources: Resources;
/** Resources with every parameter. */
let complete: Resources;
/** Resources of a test stage. */
let testStage: Resources;
let setup: Resources;

beforeAll(async () => {
  application = await packaged('application');
  resources = application.template.Resources;
  complete = (await packaged('application with every parameter')).template.Resources;
  testStage = (await packaged('application of a test stage')).template.Resources;
  setup = (await packaged('setup')).template.Resources;
}, PACKAGING_MS);

test('the mapping reads the topic from its first record, and its function has a timeout of at most 14 minutes', () => {
  const [mapping] = propertiesOf(resources, 'AWS::Lambda::EventSourceMapping');
  const processOrders = propertiesOf(resources, 'AWS::Lambda::Function').find(({ Handler }) =>
    String(Handler).includes('process-orders'),
  );

  expect(mapping).toMatchObject({
    StartingPosition: 'TRIM_HORIZON',
    Topics: ['orders'],
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'order-processing-group' },
  });
  expect(processOrders?.Timeout).toBeLessThanOrEqual(840);
});

test('all functions together reserve the executions of docs/packaging.md, and a test stage a tenth behind the API', () => {
  expect(readFileSync('docs/packaging.md', 'utf8')).toContain(
    `together reserve ${reservedBy(resources)}, with \`test=true\` ${reservedBy(testStage)},`,
  );
});

test('without a receiver its mapping is disabled, and there is neither a URL nor a secret', () => {
  const [variables] = propertiesOf(resources, 'AWS::Lambda::Function').map(({ Environment }) => Environment);

  expect(fulfilmentMapping(resources)).toMatchObject({ Enabled: false });
  expect(variables).toMatchObject({ Variables: { FULFILMENT_URL: '', FULFILMENT_SECRET_ARN: '' } });
});

test('with a receiver its mapping is enabled for events with PROCESSING, and its callers may read the secret', () => {
  const [variables] = propertiesOf(complete, 'AWS::Lambda::Function').map((fn) => fn.Environment);
  const readers = functionNames(complete).filter((name) =>
    grantsOf(complete, name).includes(`secretsmanager:GetSecretValue ${FULFILMENT_SECRET}`),
  );

  expect(fulfilmentMapping(complete)).toMatchObject({
    Enabled: true,
    Topics: ['orders.status'],
    FilterCriteria: { Filters: [{ Pattern: '{"value":{"status":["PROCESSING"]}}' }] },
  });
  expect(variables).toMatchObject({
    Variables: {
      FULFILMENT_URL,
      FULFILMENT_SECRET: '',
      FULFILMENT_SECRET_ARN: FULFILMENT_SECRET,
    },
  });
  expect(readers.sort()).toEqual(['fulfilOrders', 'retryOrders']);
});

test('every function runs on Node 24 on arm64, with source maps, and inside the VPC if it needs its servers', () => {
  for (const properties of propertiesOf(resources, 'AWS::Lambda::Function')) {
    expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    expect(evaluate(properties.VpcConfig)).toEqual(
      ['orderly-prod-welcome', 'orderly-prod-contracts', 'orderly-prod-reference'].includes(
        String(properties.FunctionName),
      )
        ? undefined
        : {
            SubnetIds: ['subnet-00000000000000001', 'subnet-00000000000000002'],
            SecurityGroupIds: ['sg-00000000000000001'],
          },
    );
    expect(properties).toHaveProperty(
      'Environment.Variables.NODE_OPTIONS',
      expect.stringContaining('--enable-source-maps'),
    );
  }
});

test('every function, and the API, has a log group with a retention of 30 days', () => {
  const functionNames = propertiesOf(resources, 'AWS::Lambda::Function').map((fn) => fn.FunctionName);
  const logGroups = propertiesOf(resources, 'AWS::Logs::LogGroup');

  expect(logGroups.map(({ LogGroupName }) => LogGroupName).sort()).toEqual(
    ['/aws/vendedlogs/http-api/orderly-prod', ...functionNames.map((name) => `/aws/lambda/${name}`)].sort(),
  );
  for (const { RetentionInDays } of logGroups) {
    expect(RetentionInDays).toBe(30);
  }
});

test('the functions authenticate with Kafka and the database by IAM, and the template contains no password', () => {
  for (const fn of propertiesOf(resources, 'AWS::Lambda::Function')) {
    expect(fn).toHaveProperty(
      'Environment.Variables',
      expect.objectContaining({
        KAFKA_AUTH: 'iam',
        KAFKA_PREFIX: '',
        DATABASE_AUTH: 'iam',
        DATABASE_URL: 'postgresql://orderly_app@database.example.invalid:5432/orderly',
      }),
    );
  }
});

test('with a secret by parameter the functions read it, and with a key that it is encrypted with they may decrypt it', () => {
  expect(propertiesOf(complete, 'AWS::Lambda::Function')[0]).toHaveProperty(
    'Environment.Variables',
    expect.objectContaining({ DATABASE_AUTH: 'secret', DATABASE_SECRET_ARN: DATABASE_SECRET }),
  );
  expect(grantsOf(complete, 'getOrder')).toEqual([
    `kms:Decrypt ${SECRET_KEY} if kms:ViaService=secretsmanager.\${AWS::Region}.amazonaws.com`,
    `secretsmanager:GetSecretValue ${DATABASE_SECRET}`,
    ...['xray:PutSpans *', 'xray:PutSpansForIndexing *'],
  ]);
});

test('a permissions boundary by parameter is set on every role, and another stage has functions, topics and groups of its own', () => {
  for (const role of propertiesOf(testStage, 'AWS::IAM::Role')) {
    expect(role).toMatchObject({ PermissionsBoundary: BOUNDARY });
  }
  expect(propertiesOf(testStage, 'AWS::Lambda::EventSourceMapping')).toMatchObject([
    {
      Topics: ['dev.orders'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'dev.order-processing-group' },
    },
    {
      Topics: ['dev.orders.status'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'dev.order-fulfilment-group' },
    },
  ]);
  expect(grantsOf(testStage, 'createOrder', 'dev')).toContain(
    `kafka-cluster:WriteData ${inCluster('topic', 'dev.orders')}`,
  );
  for (const fn of propertiesOf(testStage, 'AWS::Lambda::Function')) {
    expect(fn.FunctionName).toMatch(/^orderly-dev-/);
    expect(fn).toHaveProperty(
      'Environment.Variables',
      expect.objectContaining({ STAGE: 'dev', KAFKA_PREFIX: 'dev.' }),
    );
  }
});

test('with auth=none the API of a stage is open, and knows no issuer', () => {
  for (const fn of propertiesOf(testStage, 'AWS::Lambda::Function')) {
    expect(fn).toHaveProperty(
      'Environment.Variables',
      expect.objectContaining({ AUTH: 'none', AUTH_ISSUER: '' }),
    );
  }
});

test('traces are sent to the endpoint by parameter, at its ratio; without it they are off', () => {
  const tracingIn = (from: Resources): unknown[] =>
    propertiesOf(from, 'AWS::Lambda::Function').map(({ Environment }) => {
      const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG } = Object(Environment).Variables;
      return [OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG].join(' ');
    });

  expect([...new Set(tracingIn(complete))]).toEqual([`${CLOUDWATCH_TRACES} 0.05`]);
  expect([...new Set(tracingIn(resources))]).toEqual([' 0.01']);
});

test('batch size, window, pollers and the origins of web pages come by parameter', () => {
  const [orders] = propertiesOf(complete, 'AWS::Lambda::EventSourceMapping');

  expect(orders).toMatchObject({
    BatchSize: 200,
    MaximumBatchingWindowInSeconds: 5,
    ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 6 },
  });
  expect(propertiesOf(complete, 'AWS::ApiGatewayV2::Api')[0]?.CorsConfiguration).toEqual({
    AllowOrigins: ['https://shop.example.com', 'https://admin.example.com:8443'],
    AllowMethods: ['GET', 'POST'],
    AllowHeaders: ['authorization', 'content-type', 'idempotency-key', 'traceparent'],
    ExposeHeaders: [
      ...['location', 'retry-after', 'ratelimit', 'ratelimit-policy'],
      ...['idempotency-replayed', 'www-authenticate', 'x-request-id'],
    ],
    MaxAge: 3600,
  });
});

test('a low latency is a window of 0 with a provisioned poller for each partition', () => {
  const [orders, status] = propertiesOf(testStage, 'AWS::Lambda::EventSourceMapping');

  expect(orders).toMatchObject({
    MaximumBatchingWindowInSeconds: 0,
    ProvisionedPollerConfig: { MinimumPollers: 6, MaximumPollers: 6 },
  });
  expect(status).not.toHaveProperty('ProvisionedPollerConfig');
  expect(status).not.toHaveProperty('MaximumBatchingWindowInSeconds');
});

test('without such parameters Lambda scales the pollers by itself, and no web page of another origin may call', () => {
  const [orders] = propertiesOf(resources, 'AWS::Lambda::EventSourceMapping');

  expect(orders).toMatchObject({ BatchSize: 1000 });
  expect(orders).not.toHaveProperty('ProvisionedPollerConfig');
  expect(orders).not.toHaveProperty('MaximumBatchingWindowInSeconds');
  expect(propertiesOf(resources, 'AWS::ApiGatewayV2::Api')[0]).not.toHaveProperty('CorsConfiguration');
});

test('every call is logged with the id of its request', () => {
  const [stage] = propertiesOf(resources, 'AWS::ApiGatewayV2::Stage');

  expect(stage).toMatchObject({
    AccessLogSettings: { Format: expect.stringContaining('$context.requestId') },
  });
});

test('every route is throttled by limits of its own, and POST /api/orders lets the planned peaks through', () => {
  const settingsIn = (from: Resources) =>
    throttling.parse(propertiesOf(from, 'AWS::ApiGatewayV2::Stage')[0]).RouteSettings;
  const routeKeys = propertiesOf(resources, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);

  expect([...Object.keys(settingsIn(resources)), '$default'].sort()).toEqual(routeKeys.sort());
  expect(settingsIn(resources)['POST /api/orders']).toEqual({
    ThrottlingBurstLimit: 150,
    ThrottlingRateLimit: 1_500,
  });
  expect(settingsIn(testStage)['POST /api/orders']).toEqual({
    ThrottlingBurstLimit: 15,
    ThrottlingRateLimit: 150,
  });
});

test('the stage is created after the routes with limits, because API Gateway rejects limits of unknown routes', () => {
  const template = templateFile.parse(JSON.parse(readFileSync(application.file, 'utf8')));
  const routes = Object.keys(resources).filter((id) => resources[id]?.Type === 'AWS::ApiGatewayV2::Route');

  expect(template.Resources.HttpApiStage.DependsOn).toEqual(
    expect.arrayContaining(routes.filter((id) => id !== 'HttpApiRouteDefault')),
  );
});

test.each(Object.entries(rules))(
  'the template has nowhere %s, nor has that of a stage for tests or of one with every parameter',
  (_name, findingsIn) => {
    expect([resources, testStage, complete].flatMap(findingsIn)).toEqual([]);
  },
);

test('nor has the template of the setup, whose functions run one at a time and reserve nothing', () => {
  const found = Object.entries(rules).flatMap(([name, findingsIn]) =>
    findingsIn(setup).map((id) => `${name}: ${id}`),
  );

  expect(found).toEqual(
    ['CreateTopics', 'Migrate', 'RegisterSchemas'].map(
      (id) => `a function without reserved concurrency: ${id}LambdaFunction`,
    ),
  );
});

test.each(mutations)('a template with $breaks is found, by that rule only', ({ breaks, mistake }) => {
  const broken = structuredClone(resources);

  mistake(broken);

  const found = Object.entries(rules).filter(([, findingsIn]) => findingsIn(broken).length > 0);
  expect(found.map(([name]) => name)).toEqual([breaks]);
});

test('every rule has a mistake that shows that it finds something', () => {
  expect(new Set(mutations.map(({ breaks }) => breaks))).toEqual(new Set(Object.keys(rules)));
});

test(
  'what was packaged can be deployed later, without parameters: only the credentials are missing here',
  async () => {
    using copy = copyService();
    const packages = '.serverless';
    cpSync(join(application.service.directory, packages), join(copy.directory, packages), {
      recursive: true,
    });

    const { output } = await copy.serverless(['deploy', '--stage', 'prod', '--package', packages]);

    expect(output).toContain('AWS provider credentials not found');
  },
  PACKAGING_MS,
);

function fulfilmentMapping(from: Resources): Record<string, unknown> | undefined {
  return propertiesOf(from, 'AWS::Lambda::EventSourceMapping').find(
    ({ AmazonManagedKafkaEventSourceConfig: config }) =>
      JSON.stringify(config).includes('order-fulfilment-group'),
  );
}

/** Evaluates `Fn::Join` and `Fn::Split`, and keeps other functions. */
function evaluate(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(evaluate);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const properties = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, evaluate(inner)]));
  const { 'Fn::Join': join, 'Fn::Split': split } = properties;
  if (join !== undefined) {
    const [separator, parts] = z.tuple([z.string(), z.array(z.string())]).parse(join);
    return parts.join(separator);
  }
  if (split !== undefined) {
    const [separator, text] = z.tuple([z.string(), z.string()]).parse(split);
    return text.split(separator);
  }
  return properties;
}
