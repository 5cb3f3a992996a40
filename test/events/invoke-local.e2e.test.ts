import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pollUntil } from '../../cli/poll-until.ts';
import { recordsOf } from '../../lib/kafka/event-records.ts';
import { queryOnce } from '../support/database.ts';
import { kafkaEventFile, kafkaEventNames } from '../support/events.ts';
import { type Invocation, run } from '../support/invoke-local.ts';
import { readTopic } from '../support/kafka.ts';
import { freeEnvironment, type RunningStart, startOrderly } from '../support/npm-start.ts';
import { documentedEvents, documentedRecords } from './documented-events.ts';

let orderly: RunningStart;
/** The batches run beside the requests, one after the other, to use both cores. */
let batches: Promise<ReadonlyMap<string, Invocation>>;

beforeAll(async () => {
  orderly = await startOrderly();
  batches = invokeInTurn(kafkaEventNames);
}, 120_000);
afterAll(async () => {
  await batches;
  await orderly?.stop();
}, 300_000);

const commandOf = (name: string): string =>
  documentedEvents.find(({ file }) => file === name)?.command ?? `${name} has no command line`;

const commandFor = (functionName: string): string =>
  documentedEvents.find((event) => event.functionName === functionName)?.command ??
  `${functionName} has none`;

const invoke = (name: string): Promise<Invocation> => run(commandOf(name), orderly.environment);

async function invokeInTurn(names: readonly string[]): Promise<ReadonlyMap<string, Invocation>> {
  const invocations = new Map<string, Invocation>();
  for (const name of names) {
    invocations.set(name, await invoke(name));
  }
  return invocations;
}

const rows = (sql: string) => queryOnce(orderly.databaseUrl, sql);

const produced = () => readTopic('orders', [orderly.kafkaBrokers]);

/** The rows of a query, once there are so many. */
async function pollRows(count: number, sql: string): Promise<Record<string, unknown>[]> {
  await pollUntil(async () => (await rows(sql)).length >= count, { intervalMs: 50, timeoutMs: 15_000 });
  return rows(sql);
}

describe('invoke local with a request', () => {
  test('create-order produces the order, which npm start then stores', async () => {
    const invocation = await invoke('create-order');

    expect(invocation).toMatchObject({ exitCode: 0 });
    expect(invocation.answer()).toMatchObject({ statusCode: 202 });
    expect(invocation.body()).toMatchObject({ order_id: 'sample-1', status: 'PENDING', total_amount: 59.97 });
    expect(invocation.stderr).not.toContain('Warning');
    const records = (await produced()).filter(({ key }) => key === 'sample-1');
    expect(records.map(({ value }) => JSON.parse(value ?? ''))).toMatchObject([
      { order_id: 'sample-1', quantity: 3, price: 19.99, status: 'PENDING' },
    ]);
    const sql = "SELECT status, total_cents FROM orders WHERE order_id = 'sample-1'";
    expect(await pollRows(1, sql)).toEqual([{ status: 'COMPLETED', total_cents: '5997' }]);
  });

  test('create-order-invalid is answered with five faults, and produces nothing', async () => {
    const before = (await produced()).length;

    const invocation = await invoke('create-order-invalid');

    expect(invocation).toMatchObject({ exitCode: 0 });
    expect(invocation.answer()).toMatchObject({ statusCode: 400 });
    expect(invocation.body().errors).toHaveLength(5);
    expect(await produced()).toHaveLength(before);
  });

  test('create-order-idempotent makes one order, however often it is called', async () => {
    const first = await invoke('create-order-idempotent');
    const second = await invoke('create-order-idempotent');

    expect([first.answer().statusCode, second.answer().statusCode]).toEqual([202, 202]);
    expect(second.body()).toEqual(first.body());
    expect(first.answer().headers).not.toHaveProperty('idempotency-replayed');
    expect(second.answer().headers).toMatchObject({ 'idempotency-replayed': 'true' });
    expect((await produced()).filter(({ key }) => key === first.body().order_id)).toHaveLength(1);
  });

  test('create-order-key-twice is answered with what to send, and produces nothing', async () => {
    const before = (await produced()).length;

    const invocation = await invoke('create-order-key-twice');

    expect(invocation.answer()).toMatchObject({ statusCode: 400 });
    expect(invocation.body().errors).toEqual([
      { path: 'Idempotency-Key', message: 'must be sent once and contain no comma' },
    ]);
    expect(await produced()).toHaveLength(before);
  });

  test('create-orders-bulk produces its three orders', async () => {
    const invocation = await invoke('create-orders-bulk');

    expect(invocation.answer()).toMatchObject({ statusCode: 202 });
    expect(invocation.body()).toMatchObject({ accepted: 3, failed: 0 });
    const stored = await pollRows(
      3,
      "SELECT order_id, status FROM orders WHERE order_id LIKE 'sample-bulk-%' ORDER BY 1",
    );
    expect(stored).toEqual(
      ['sample-bulk-1', 'sample-bulk-2', 'sample-bulk-3'].map((id) => ({
        order_id: id,
        status: 'COMPLETED',
      })),
    );
  });

  test('get-order reads what create-order created', async () => {
    const invocation = await invoke('get-order');

    expect(invocation.answer()).toMatchObject({ statusCode: 200 });
    expect(invocation.body()).toMatchObject({
      order_id: 'sample-1',
      status: 'COMPLETED',
      total_amount: 59.97,
    });
  });

  test('cancel-order produces a cancel, which comes too late, as order-history then tells', async () => {
    const cancelled = await invoke('cancel-order');
    await pollRows(2, "SELECT 1 FROM order_status_history WHERE order_id = 'sample-1'");
    const history = await invoke('order-history');

    expect(cancelled.answer()).toMatchObject({ statusCode: 202 });
    const records = (await produced()).filter(({ headers }) => headers['event-type'] !== undefined);
    expect(records).toMatchObject([
      {
        key: 'sample-1',
        headers: { 'event-type': 'order.cancel_requested' },
        value: '{"order_id":"sample-1"}',
      },
    ]);
    expect(history.answer()).toMatchObject({ statusCode: 200 });
    expect(history.body().history).toMatchObject([
      { event_type: 'order.created', version: 1, status: 'COMPLETED' },
      { event_type: 'order.cancel_requested', version: null, status: 'COMPLETED' },
    ]);
  });

  test('list-orders lists the five newest orders of the sample customer', async () => {
    await batches; // which store older orders of that customer

    const invocation = await invoke('list-orders');

    const newest = await rows(
      "SELECT order_id FROM orders WHERE customer_id = 'sample-customer-1' ORDER BY created_at DESC, order_id DESC LIMIT 5",
    );
    expect(newest).toHaveLength(5);
    expect(invocation.answer()).toMatchObject({ statusCode: 200 });
    expect(invocation.body()).toMatchObject({ orders: newest, next_cursor: expect.any(String) });
  });

  test.each([
    ['welcome', 200, { name: 'Orderly' }],
    ['health', 200, { status: 'healthy' }],
    ['not-found', 404, { code: 'route_not_found' }],
  ])('%s answers %i', async (name, statusCode, body) => {
    const invocation = await invoke(name);

    expect(invocation).toMatchObject({ exitCode: 0 });
    expect(invocation.answer()).toMatchObject({ statusCode });
    expect(invocation.body()).toMatchObject(body);
  });
});

describe('invoke local with a batch', () => {
  test.each(kafkaEventNames)(
    '%s leaves the orders and dead letters that the table says',
    async (name) => {
      const invocation = (await batches).get(name);

      expect(invocation).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('process-orders committed'),
      });
      const records = documentedRecords.filter(({ file }) => file === name);
      const orderIds = recordsOf(kafkaEventFile(name)).map(
        ({ key, value }) => key ?? JSON.parse(`${value}`).order_id,
      );
      const found = await Promise.all(
        records.map(async ({ place, afterwards }, index) => {
          const [partition, offset] = place.split('/');
          const [row] = afterwards.order
            ? await rows(`SELECT status AS "order" FROM orders WHERE order_id = '${orderIds[index]}'`)
            : await rows(
                `SELECT code AS "deadLetter" FROM dead_letters WHERE partition = ${partition} AND "offset" = ${offset}`,
              );
          return { place, ...row };
        }),
      );
      expect(found).toEqual(records.map(({ place, afterwards }) => ({ place, ...afterwards })));
    },
    300_000,
  );

  test('stores an order that is delivered twice in one batch once', async () => {
    await batches;

    const history = await rows(
      "SELECT order_id FROM order_status_history WHERE order_id LIKE 'sample-batch-%' ORDER BY 1",
    );

    expect(history.map(({ order_id }) => order_id)).toEqual([
      'sample-batch-1',
      'sample-batch-4',
      'sample-batch-7',
    ]);
  });

  test('that fails exits with 1', async () => {
    const invocation = await run(
      'npx serverless invoke local -f processOrders -d {"records":{"orders-0":null}}',
      orderly.environment,
    );

    expect(invocation.exitCode).toBe(1);
    expect(invocation.answer()).toMatchObject({ errorType: 'TypeError' });
  });
});

describe('invoke local with a schedule', () => {
  test('relay-outbox publishes what is left in the outbox', async () => {
    await batches;
    const [row] = await rows(
      `INSERT INTO outbox (created_at, kind, order_ids, versions)
       VALUES (now() - interval '1 minute', 'order_status', '{sample-batch-1}', '{1}') RETURNING id`,
    );

    const invocation = await run(commandFor('relayOutbox'), orderly.environment);

    // what it prints is open: npm start's own relay, once a minute, may have been quicker
    expect(invocation).toMatchObject({ exitCode: 0 });
    expect(await rows(`SELECT FROM outbox WHERE id = ${row?.id}`)).toEqual([]);
    const events = await readTopic('orders.status', [orderly.kafkaBrokers]);
    expect(events.filter(({ key }) => key === 'sample-batch-1').length).toBeGreaterThan(0);
  });

  test('prune deletes what has expired', async () => {
    await rows(`INSERT INTO idempotency_keys (principal, key, fingerprint, commands, created_at)
                VALUES ('', 'expired', '', '[]', now() - interval '25 hours')`);

    const invocation = await run(commandFor('prune'), orderly.environment);

    expect(invocation).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('prune deleted'),
    });
    expect(await rows("SELECT FROM idempotency_keys WHERE key = 'expired'")).toEqual([]);
  });
});

describe('invoke local with an event that the function cannot take', () => {
  test.each([
    ['no event', '-f createOrder', 'createOrder takes an HTTP event: -p events/create-order.json'],
    ['null', '-f getOrder -d null', 'getOrder takes an HTTP event: -p events/get-order.json'],
    [
      'a batch',
      '-f createOrder -p events/orders-batch.json',
      'createOrder takes an HTTP event: -p events/create-order.json',
    ],
    [
      'a request',
      '-f processOrders -p events/create-order.json',
      'processOrders takes a Kafka event: -p events/orders-batch.json',
    ],
  ])('says in one line, for %s, which it takes, and exits with 1', async (_case, args, line) => {
    const environment = await freeEnvironment('/nowhere');

    const invocation = await run(`npx serverless invoke local ${args}`, environment);

    expect(invocation.exitCode).toBe(1);
    expect(invocation.stdout.trim()).toBe(`Error:\n${line}`);
    expect(invocation.stderr).not.toMatch(/^\s+at /m);
  });
});

test('invoke local for another stage answers 500, whose log line says that settings are missing', async () => {
  const environment = await freeEnvironment('/nowhere');

  const invocation = await run(`${commandOf('create-order')} --stage prod`, environment);

  expect(invocation).toMatchObject({ exitCode: 0 });
  expect(invocation.answer()).toMatchObject({ statusCode: 500 });
  expect(invocation.stdout + invocation.stderr).toContain('"code":"invalid_configuration"');
});

describe('invoke local without the stack', () => {
  test.each([
    ['create-order', 'Kafka', 'KAFKA_PORT'],
    ['get-order', 'PostgreSQL', 'POSTGRES_PORT'],
    ['orders-batch', 'PostgreSQL', 'POSTGRES_PORT'],
  ])(
    '%s says in one line that %s is missing and what to do, and exits with 1',
    async (name, server, port) => {
      const environment = await freeEnvironment('/nowhere');

      const invocation = await run(commandOf(name), environment);

      expect(invocation.exitCode).toBe(1);
      expect(invocation.stdout.trim()).toBe(
        `Error:\n${server} does not answer at 127.0.0.1:${environment[port]}: start the local stack first, with "npm start" or "npm run stack -- up".`,
      );
      expect(invocation.stderr).not.toMatch(/^\s+at /m);
    },
  );

  test('health answers that both are down', async () => {
    const invocation = await run(commandOf('health'), await freeEnvironment('/nowhere'));

    expect(invocation).toMatchObject({ exitCode: 0 });
    expect(invocation.body()).toMatchObject({
      status: 'unhealthy',
      dependencies: { kafka: { state: 'down' }, database: { state: 'down' } },
    });
  });
});
