import { describe, expect, test } from '@jest/globals';
import { alarms } from '../../../deployment/stack/alarms/alarms.ts';
import { dashboard } from '../../../deployment/stack/dashboard/dashboard.ts';
import {
  cors,
  databaseAuth,
  hasReceiver,
  ordersBatchSize,
  reserved,
} from '../../../deployment/stack/derived-settings.ts';
import type { Variables } from '../../../deployment/stack/framework.ts';
import { functions, type Grant, settingsOf } from '../../../deployment/stack/functions.ts';
import { ordersPollers, ordersWindow } from '../../../deployment/stack/orders-mapping.ts';
import { roles } from '../../../deployment/stack/roles.ts';
import { setupRoles } from '../../../deployment/stack/setup-roles.ts';
import { throttling } from '../../../deployment/stack/throttling.ts';
import { serviceVariables } from '../../support/service-variables.ts';

/** The functions behind variables of the service files, called without the framework. */

const CLUSTER = 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/0-1';
const ON_CALL = 'arn:aws:sns:eu-west-1:000000000000:orders-on-call';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:orders-AbCdEf';
const KEY = 'arn:aws:kms:eu-west-1:000000000000:key/00000000-0000-0000-0000-000000000000';

const service =
  (file: string) =>
  (parameters: Readonly<Record<string, string>> = {}, stage = 'dev'): Variables =>
    serviceVariables({ file, stage, parameters: { kafkaClusterArn: CLUSTER, ...parameters } });
const application = service('serverless.yml');
const setup = service('serverless.setup.yml');

describe('the roles', () => {
  test('are one for each function, named after it, with a boundary if the stage has one', async () => {
    const { Resources } = await roles(application({ permissionsBoundaryArn: 'arn:boundary' }));

    expect(Object.keys(Resources)).toHaveLength(Object.keys(functions).length);
    expect(Resources.CreateOrderRole?.Properties).toMatchObject({
      Description: 'Permissions of orderly-dev-createOrder',
      PermissionsBoundary: 'arn:boundary',
    });
    expect((await roles(application())).Resources.CreateOrderRole?.Properties).not.toHaveProperty(
      'PermissionsBoundary',
    );
  });

  test.each([
    ['dev', 'dev.'],
    ['prod', ''],
  ])('of the stage %s name topics and groups with its prefix "%s"', async (stage, prefix) => {
    const { Resources } = await roles(application({}, stage));

    expect(resourcesOf(Resources.ProcessOrdersRole, 'kafka-cluster:ReadData')).toEqual([
      `arn:aws:kafka:eu-west-1:000000000000:topic/orders/0-1/${prefix}orders`,
    ]);
    expect(resourcesOf(Resources.ProcessOrdersRole, 'kafka-cluster:AlterGroup')).toEqual([
      `arn:aws:kafka:eu-west-1:000000000000:group/orders/0-1/${prefix}order-processing-group`,
    ]);
  });

  test('let the functions log in to the database by IAM as the user of its URL', async () => {
    const { Resources } = await roles(
      application({ databaseUrl: 'postgresql://shop@proxy:5432/orderly', databaseResourceId: 'prx-1' }),
    );

    expect(resourcesOf(Resources.GetOrderRole, 'rds-db:connect')).toEqual([
      { 'Fn::Sub': expect.stringMatching(/:dbuser:prx-1\/shop$/) },
    ]);
  });

  test('let the functions read a secret instead, and decrypt it with a key', async () => {
    const { Resources } = await roles(application({ databaseSecretArn: SECRET, secretKeyArn: KEY }));

    expect(resourcesOf(Resources.GetOrderRole, 'rds-db:connect')).toEqual([]);
    expect(resourcesOf(Resources.GetOrderRole, 'secretsmanager:GetSecretValue')).toEqual([SECRET]);
    expect(resourcesOf(Resources.GetOrderRole, 'kms:Decrypt')).toEqual([KEY]);
  });

  test('let only the callers of the receiver read its secret', async () => {
    const { Resources } = await roles(application({ fulfilmentSecretArn: SECRET }));

    const readers = Object.entries(Resources).filter(
      ([, resource]) => resourcesOf(resource, 'secretsmanager:GetSecretValue').length > 0,
    );
    expect(readers.map(([name]) => name)).toEqual(['FulfilOrdersRole', 'RetryOrdersRole']);
  });

  test('let exactly the producers read the secret of the schema registry', async () => {
    const { Resources } = await roles(application({ schemaRegistrySecretArn: SECRET }));

    const readers = Object.entries(Resources).filter(
      ([, resource]) => resourcesOf(resource, 'secretsmanager:GetSecretValue').length > 0,
    );
    const producers = Object.entries(Resources).filter(
      ([, resource]) => resourcesOf(resource, 'kafka-cluster:WriteData').length > 0,
    );
    expect(readers.length).toBeGreaterThan(0);
    expect(readers).toEqual(producers);
  });

  test.each([
    ['https://xray.eu-west-1.amazonaws.com', true],
    ['https://xray.eu-west-1.amazonaws.com/', true],
    ['https://xray.cn-north-1.amazonaws.com.cn', true],
    ['https://xray.eu-west-1.amazonaws.com.example.com', false],
    ['https://collector.example.com:4318', false],
    ['', false],
  ])(
    'with otlpEndpoint=%s let the functions with spans send them to CloudWatch: %s',
    async (otlpEndpoint, isAllowed) => {
      const { Resources } = await roles(application({ otlpEndpoint }));

      expect(resourcesOf(Resources.CreateOrderRole, 'xray:PutSpans')).toEqual(isAllowed ? ['*'] : []);
      expect(resourcesOf(Resources.PruneRole, 'xray:PutSpans')).toEqual([]);
    },
  );

  test('give network interfaces only to functions in the VPC, and deny them to their code', async () => {
    const { Resources } = await roles(application());
    const inVpc = Object.entries(Resources).filter(
      ([, resource]) => resourcesOf(resource, 'ec2:CreateNetworkInterface', 'Deny').length > 0,
    );

    const usesServers = ({ to }: Grant): boolean => to !== 'send spans';
    expect(inVpc).toHaveLength(
      Object.values(functions).filter(({ grants }) => grants.some(usesServers)).length,
    );
    expect(resourcesOf(Resources.WelcomeRole, 'ec2:CreateNetworkInterface')).toEqual([]);
  });

  test('of the setup create the topics, and read the secrets of the migration or of the registry', async () => {
    const { Resources } = await setupRoles(
      setup({ migrationSecretArn: 'arn:1', databaseSecretArn: 'arn:2', schemaRegistrySecretArn: 'arn:3' }),
    );

    expect(resourcesOf(Resources.RegisterSchemasRole, 'secretsmanager:GetSecretValue')).toEqual(['arn:3']);

    expect(resourcesOf(Resources.CreateTopicsRole, 'kafka-cluster:CreateTopic')).toHaveLength(3);
    expect(resourcesOf(Resources.MigrateRole, 'secretsmanager:GetSecretValue')).toEqual(['arn:1', 'arn:2']);
  });
});

describe('the limits', () => {
  test('are a tenth behind the API of a stage for tests, but at least 5, and the same elsewhere', async () => {
    const [full, small] = [await reserved(application()), await reserved(application({ test: 'true' }))];

    expect([full.createOrder, small.createOrder]).toEqual([300, 30]);
    expect([full.health, small.health]).toEqual([10, 5]);
    expect([full.processOrders, small.processOrders]).toEqual([6, 6]);
  });

  test('throttle each route so that its burst fits into the reserved executions of its function', async () => {
    const { DependsOn, Properties } = (await throttling(application())).extensions.HttpApiStage;

    expect(Properties.RouteSettings['POST /api/orders']).toEqual({
      ThrottlingBurstLimit: 150,
      ThrottlingRateLimit: 1_500,
    });
    expect(Properties.RouteSettings['GET /api/orders/{order_id}']).toEqual({
      ThrottlingBurstLimit: 75,
      ThrottlingRateLimit: 1_500,
    });
    expect(Properties.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 25, ThrottlingRateLimit: 250 });
    expect(DependsOn).toHaveLength(Object.keys(Properties.RouteSettings).length);
    expect(DependsOn).toContain('HttpApiRouteGetApiOrdersOrderidVar');
  });

  test('are missing for a function that only the service file or only the table has', () => {
    expect(() => settingsOf([...Object.keys(functions), 'refund'])).toThrow(
      'The function refund has no line in deployment/stack/functions.ts.',
    );
    expect(() => settingsOf(['welcome'])).toThrow(
      'The function health of deployment/stack/functions.ts is not in serverless.yml.',
    );
  });

  test('of a route whose function has no time of a request are an error that names the function', async () => {
    const wrong: Variables = {
      ...application(),
      resolveConfigurationProperty: async () =>
        Object.fromEntries(
          Object.keys(functions).map((name) => [
            name,
            { events: name === 'prune' ? [{ httpApi: 'GET /prune' }] : [] },
          ]),
        ),
    };

    await expect(throttling(wrong)).rejects.toThrow('The function prune has a route, but no requestMs');
  });
});

describe('settings that follow from parameters', () => {
  test('are left out without them', async () => {
    expect([
      await ordersBatchSize(application()),
      await ordersPollers(application()),
      await ordersWindow(application()),
      await hasReceiver(application()),
      await cors(application()),
      await databaseAuth(application()),
    ]).toEqual([null, null, { extensions: {} }, false, false, 'iam']);
  });

  test('are those of the stage', async () => {
    const stage = application({
      ...{ ordersBatchSize: '200', databaseSecretArn: SECRET },
      ...{ ordersMinimumPollers: '2', ordersMaximumPollers: '6', fulfilmentUrl: 'https://example.com' },
      corsOrigins: 'https://shop.example.com,https://admin.example.com:8443',
    });

    expect([
      await ordersBatchSize(stage),
      await ordersPollers(stage),
      await hasReceiver(stage),
      await databaseAuth(stage),
    ]).toEqual([200, { minimumPollers: 2, maximumPollers: 6 }, true, 'secret']);
    expect(await cors(stage)).toMatchObject({
      allowedOrigins: ['https://shop.example.com', 'https://admin.example.com:8443'],
      allowedMethods: ['GET', 'POST'],
    });
  });

  test.each([
    [{ ordersBatchingWindow: '0' }, 0],
    [{ ordersBatchingWindow: '5', ordersLatency: 'standard' }, 5],
    [{ ordersLatency: 'low' }, 0],
  ])('extend the mapping of the orders by their window: %j', async (parameters, seconds) => {
    expect(await ordersWindow(application(parameters))).toEqual({
      extensions: {
        ProcessOrdersEventSourceMappingMSKOrdersDevorders: {
          Properties: { MaximumBatchingWindowInSeconds: seconds },
        },
      },
    });
  });

  test('with a low latency have a poller for each partition, or those of the stage', async () => {
    const low = application({ ordersLatency: 'low' });
    const other = application({
      ...{ ordersLatency: 'low', ordersMinimumPollers: '2', ordersMaximumPollers: '3' },
    });

    expect(await ordersPollers(low)).toEqual({ minimumPollers: 6, maximumPollers: 6 });
    expect(await ordersPollers(other)).toEqual({ minimumPollers: 2, maximumPollers: 3 });
    expect(await ordersPollers(application({ ordersLatency: 'standard' }))).toBeNull();
  });

  test('reject a minimum of pollers above the maximum', async () => {
    const stage = application({ ordersMinimumPollers: '7', ordersMaximumPollers: '6' });

    await expect(ordersPollers(stage)).rejects.toThrow('ordersMinimumPollers is 7, more than');
  });
});

describe('alarms and dashboard', () => {
  test('watch the group of the fulfilment only where there is a receiver', async () => {
    const receiver = { fulfilmentUrl: 'https://example.com' };
    const texts = async (stage: Variables): Promise<string> =>
      JSON.stringify([await alarms(stage), await dashboard(stage)]);

    expect(await texts(application())).not.toContain('order-fulfilment-group');
    expect(await texts(application(receiver))).toContain('order-fulfilment-group');
  });

  test('report unchecked requests only where there is a limit per principal', async () => {
    const names = async (stage: Variables): Promise<string[]> => Object.keys((await alarms(stage)).Resources);

    expect(await names(application())).not.toContain('RateLimitUncheckedAlarm');
    expect(await names(application({ rateLimit: '6000' }))).toContain('RateLimitUncheckedAlarm');
  });

  test('notify the topic of the parameter, both at the beginning and at the end', async () => {
    const all = Object.values((await alarms(application({ alarmTopicArn: ON_CALL }))).Resources);
    const silent = Object.values((await alarms(application())).Resources);

    const partOfObjective = /-Slo\w+-[\d.]+x-\w+$/; // their composite alarm notifies
    expect(
      all.every(({ Properties: { AlarmName, AlarmActions, OKActions } }) =>
        partOfObjective.test(String(AlarmName))
          ? AlarmActions === undefined
          : String(AlarmActions) === ON_CALL && OKActions,
      ),
    ).toBe(true);
    expect(silent.some(({ Properties }) => 'AlarmActions' in Properties)).toBe(false);
  });

  test('measure a function that runs every hour by the hour, and batches by the timeout of their function', async () => {
    const { Resources } = await alarms(application());

    expect(Resources.PruneErrorsAlarm?.Properties.Period).toBe(3_600);
    expect(Resources.RelayOutboxErrorsAlarm?.Properties.Period).toBe(60);
    expect(Resources.ProcessOrdersSlowAlarm?.Properties.Threshold).toBe(48_000);
    expect(Resources).not.toHaveProperty('CreateOrderSlowAlarm');
  });

  test('place three widgets in a row', async () => {
    const { Resources } = await dashboard(application());
    const body = Object(Resources.Dashboard?.Properties.DashboardBody)['Fn::Sub'];

    expect(
      JSON.parse(body)
        .widgets.slice(0, 4)
        .map(({ x, y }: { x: number; y: number }) => [x, y]),
    ).toEqual([
      [0, 0],
      [8, 0],
      [16, 0],
      [0, 6],
    ]);
  });
});

/** The resources of a role's statements with this action. */
function resourcesOf(
  role: { readonly Properties: Readonly<Record<string, unknown>> } | undefined,
  action: string,
  effect = 'Allow',
): unknown[] {
  const statements: { Effect: string; Action: string[]; Resource: unknown }[] = Object(
    role?.Properties.Policies,
  )[0].PolicyDocument.Statement;
  return statements.flatMap(({ Effect, Action, Resource }) =>
    Effect === effect && Action.includes(action) ? Resource : [],
  );
}
