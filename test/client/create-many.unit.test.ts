import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createClient, type NewOrder } from '../../client/src/index.ts';
import { until } from '../support/until.ts';
import { type Behaviour, json, problem, reset, startUnreliableServer } from './unreliable-server.ts';

const anOrder = (index: number, fields: Partial<NewOrder> = {}): NewOrder => ({
  order_id: `o-${index}`,
  customer_id: 'customer-1',
  product_id: 'product-1',
  quantity: 1,
  price: 1,
  ...fields,
});
const orders = (count: number): NewOrder[] => Array.from({ length: count }, (_, index) => anOrder(index));

const impatient = (baseUrl: string) => createClient({ baseUrl, retry: { baseMs: 2 } });

const pending = (order: NewOrder, index: number) => ({
  index,
  order_id: order.order_id ?? 'chosen',
  status: 'PENDING',
  total_amount: order.quantity * order.price,
  created_at: '2026-11-01T10:00:00.000Z',
  links: { self: `/api/orders/${order.order_id}` },
});
const unavailable = (order: NewOrder, index: number) => ({
  index,
  order_id: order.order_id,
  code: 'kafka_unavailable',
  detail: 'It may be stored.',
});

/** Answers as `POST /api/orders/bulk` does: one faulty order rejects the request. */
const bulk: Behaviour = (response, request) => {
  const sent: NewOrder[] = JSON.parse(request.body);
  const errors = sent.flatMap(({ quantity }, index) =>
    quantity < 1 ? [{ path: `${index}.quantity`, message: 'must be at least 1' }] : [],
  );
  const tooLarge = sent.length > 1_000 || Buffer.byteLength(request.body) > 2_097_152;
  const answer = tooLarge
    ? problem(413, 'payload_too_large')
    : errors.length > 0
      ? problem(400, 'validation_failed', { errors })
      : json(202, { accepted: sent.length, failed: 0, results: sent.map(pending) });
  answer(response, request);
};

/** The ids of each request, in order. */
const idsOf = (received: readonly { body: string }[]): (string | undefined)[][] =>
  received.map(({ body }) => (JSON.parse(body) as NewOrder[]).map(({ order_id }) => order_id));

test('2,500 orders are three requests with different keys, and each order has a result in the caller’s order', async () => {
  await using server = await startUnreliableServer(bulk);
  await using client = impatient(server.url);

  const results = await client.createMany(orders(2_500), { idempotencyKey: 'import-7' });

  expect(results.map(({ order }) => order?.order_id)).toEqual(orders(2_500).map(({ order_id }) => order_id));
  expect(results[2_499]?.order).not.toHaveProperty('index');
  expect(
    idsOf(server.received)
      .map(({ length }) => length)
      .sort(),
  ).toEqual([1_000, 1_000, 500]);
  expect(server.received.map(({ headers }) => headers['idempotency-key']).sort()).toEqual([
    'import-7/0.0',
    'import-7/1.0',
    'import-7/2.0',
  ]);
});

test('no order is no request', async () => {
  await using server = await startUnreliableServer(bulk);
  await using client = impatient(server.url);

  expect(await client.createMany([])).toEqual([]);
  expect(server.received).toEqual([]);
});

test('at most `concurrency` requests run at a time', async () => {
  const held: (() => void)[] = [];
  let most = 0;
  await using server = await startUnreliableServer((response, request) => {
    held.push(() => bulk(response, request));
  });
  await using client = impatient(server.url);

  const created = client.createMany(orders(7_001), { concurrency: 3 });
  for (let answered = 0; answered < 8; answered += 1) {
    const running = Math.min(3, 8 - answered);
    await until(`${running} requests run`, () => held.length >= running);
    await delay(20); // another request would arrive
    most = Math.max(most, held.length);
    held.shift()?.();
  }
  await created;

  expect(server.received).toHaveLength(8);
  expect(most).toBe(3);
});

test('a concurrency without limit runs every request at once', async () => {
  await using server = await startUnreliableServer(bulk);
  await using client = impatient(server.url);

  const results = await client.createMany(orders(2_001), { concurrency: Number.POSITIVE_INFINITY });

  expect(results.filter(({ order }) => order !== undefined)).toHaveLength(2_001);
  expect(server.received).toHaveLength(3);
});

test('a request above the limit of a minute is sent in parts, also if one of their orders is faulty', async () => {
  await using server = await startUnreliableServer((response, request) => {
    const [sent = []] = idsOf([request]);
    const tooMany = { errors: [{ path: '', message: 'must have at most 100 orders' }], max_orders: 100 };
    const answer = sent.length > 100 ? problem(400, 'validation_failed', tooMany) : bulk;
    answer(response, request);
  });
  await using client = impatient(server.url);

  const results = await client.createMany([...orders(249), anOrder(249, { quantity: 0 })]);

  expect(results.map(({ order }) => order?.order_id)).toEqual([
    ...orders(249).map(({ order_id }) => order_id),
    undefined,
  ]);
  expect(results.at(-1)?.error).toMatchObject({ code: 'validation_failed', errors: [{ path: 'quantity' }] });
  expect(new Set(server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(
    server.received.length,
  );
});

test('a faulty order gets its own errors, and the others of its request are created without it', async () => {
  await using server = await startUnreliableServer(bulk);
  await using client = impatient(server.url);

  const results = await client.createMany([
    anOrder(0),
    anOrder(1, { quantity: 0 }),
    anOrder(2),
    anOrder(3, { quantity: -1 }),
  ]);

  expect(results).toMatchObject([
    { order: { order_id: 'o-0' } },
    {
      error: {
        code: 'validation_failed',
        status: 400,
        requestId: 'r-1',
        orderId: 'o-1',
        errors: [{ path: 'quantity', message: 'must be at least 1' }],
        message: 'validation_failed: the order was not accepted: quantity must be at least 1.',
      },
    },
    { order: { order_id: 'o-2' } },
    { error: { orderId: 'o-3' } },
  ]);
  expect(idsOf(server.received)).toEqual([
    ['o-0', 'o-1', 'o-2', 'o-3'],
    ['o-0', 'o-2'],
  ]);
  expect(new Set(server.received.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
});

test('a fault that names no order is the error of every order, and nothing is sent again', async () => {
  const errors = [{ path: 'idempotency-key', message: 'must have at most 255 characters' }];
  await using server = await startUnreliableServer(problem(400, 'validation_failed', { errors }));
  await using client = impatient(server.url);

  expect(await client.createMany(orders(2))).toMatchObject([
    { error: { code: 'validation_failed', orderId: 'o-0', errors } },
    { error: { code: 'validation_failed', orderId: 'o-1', errors } },
  ]);
  expect(server.received).toHaveLength(1);
});

test('of orders with one id only the first is sent, also if they would be in different requests', async () => {
  await using server = await startUnreliableServer(bulk);
  await using client = impatient(server.url);
  const twice = [...orders(1_500), anOrder(3, { quantity: 9 })];

  const results = await client.createMany(twice);

  expect(
    idsOf(server.received)
      .flat()
      .filter((id) => id === 'o-3'),
  ).toHaveLength(1);
  expect(results[3]?.order?.order_id).toBe('o-3');
  expect(results[1_500]?.error).toMatchObject({
    code: 'validation_failed',
    orderId: 'o-3',
    errors: [{ path: 'order_id', message: 'repeats the id of order 3 of this call' }],
  });
});

test('orders without an id are never equal', async () => {
  await using server = await startUnreliableServer(bulk);
  await using client = impatient(server.url);
  const { order_id: _, ...same } = anOrder(0);

  const results = await client.createMany([same, same]);

  expect(results.map(({ order }) => order?.status)).toEqual(['PENDING', 'PENDING']);
});

describe('a request that Kafka acknowledges in part', () => {
  const partly: Behaviour = (response, request) => {
    const sent: NewOrder[] = JSON.parse(request.body);
    const results = sent.map((order, index) => (index === 1 ? unavailable : pending)(order, index));
    json(207, { accepted: sent.length - 1, failed: 1, results })(response, request);
  };

  test('is repeated unchanged under the same key, and succeeds', async () => {
    await using server = await startUnreliableServer(partly, bulk);
    await using client = impatient(server.url);

    const results = await client.createMany(orders(3));

    expect(results.map(({ order }) => order?.order_id)).toEqual(['o-0', 'o-1', 'o-2']);
    expect(server.received[1]?.body).toBe(server.received[0]?.body);
    expect(server.received[1]?.headers['idempotency-key']).toBe(
      server.received[0]?.headers['idempotency-key'],
    );
  });

  test.each<[then: string, ...behaviours: Behaviour[]]>([
    ['remains so', partly],
    ['gets no further answer', partly, reset],
  ])('has an error for the others if it %s', async (_then, ...behaviours) => {
    await using server = await startUnreliableServer(...behaviours);
    await using client = impatient(server.url);

    const results = await client.createMany(orders(3), { idempotencyKey: 'import-8' });

    expect(server.received).toHaveLength(4);
    expect(results).toMatchObject([
      { order: { order_id: 'o-0' } },
      {
        error: {
          code: 'kafka_unavailable',
          orderId: 'o-1',
          retryable: true,
          idempotencyKey: 'import-8',
          message: 'kafka_unavailable: It may be stored.',
        },
      },
      { order: { order_id: 'o-2' } },
    ]);
  });
});

test('a request without an acknowledgement gives each order its id, which the server chose', async () => {
  const results = [
    { index: 0, order_id: 'chosen-0' },
    { index: 1, order_id: 'chosen-1' },
  ];
  await using server = await startUnreliableServer(problem(503, 'kafka_unavailable', { results }));
  await using client = impatient(server.url);
  const { order_id: _, ...order } = anOrder(0);

  expect(await client.createMany([order, order])).toMatchObject([
    { error: { code: 'kafka_unavailable', status: 503, orderId: 'chosen-0' } },
    { error: { code: 'kafka_unavailable', status: 503, orderId: 'chosen-1' } },
  ]);
});

test('a request that fails does not stop the others', async () => {
  await using server = await startUnreliableServer((response, request) =>
    (request.body.includes('"o-1500"') ? problem(403, 'forbidden') : bulk)(response, request),
  );
  await using client = impatient(server.url);

  const results = await client.createMany(orders(3_000));

  expect(results.map(({ error }) => error?.code)).toEqual([
    ...Array(1_000).fill(undefined),
    ...Array(1_000).fill('forbidden'),
    ...Array(1_000).fill(undefined),
  ]);
});

test('an answer with too few results is an error of the orders without one', async () => {
  await using server = await startUnreliableServer(
    json(202, { accepted: 2, failed: 0, results: [pending(anOrder(0), 0)] }),
  );
  await using client = impatient(server.url);

  expect(await client.createMany(orders(2))).toMatchObject([
    { order: { order_id: 'o-0' } },
    { error: { code: 'invalid_response', orderId: 'o-1', retryable: true } },
  ]);
});

test('an abort resolves with the results so far, and the error `aborted` for the others', async () => {
  const controller = new AbortController();
  await using server = await startUnreliableServer(bulk, () => controller.abort());
  await using client = impatient(server.url);

  const results = await client.createMany(orders(3_000), { signal: controller.signal, concurrency: 1 });

  expect(server.received).toHaveLength(2);
  expect(results.map(({ error }) => error?.code)).toEqual([
    ...Array(1_000).fill(undefined),
    ...Array(2_000).fill('aborted'),
  ]);
});
