import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createClient } from '../../client/src/index.ts';
import { startTcpProxy, type TcpProxy } from '../slow/integrity/cluster/tcp-proxy.ts';
import { queryOnce } from '../support/database.ts';
import { readTopic } from '../support/kafka.ts';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';

/** The API has accepted an order, and its client never learns it: a proxy cuts the answer in the middle. */

let orderly: SharedStart;
let proxy: TcpProxy;

beforeAll(async () => {
  orderly = await sharedStart();
  proxy = await startTcpProxy(Number(new URL(orderly.apiUrl).port));
});
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
});

const proxied = () =>
  createClient({ baseUrl: `http://127.0.0.1:${proxy.port}`, retry: { attempts: 6, baseMs: 20 } });

/** A customer that no other test has. No order has an id, so only the Idempotency-Key makes a retry safe. */
const aCustomer = () => ({ customer_id: `cut-${randomUUID()}`, product_id: 'p', quantity: 1, price: 1 });

/** The ids of a customer's orders among the records of the topic, and in PostgreSQL. */
async function ordersOf(customerId: string): Promise<{ produced: string[]; stored: unknown[] }> {
  const records = await readTopic('orders', [orderly.kafkaBrokers]);
  const produced = records.filter(({ value }) => value?.includes(customerId)).map(({ key }) => key ?? '');
  const sql = `SELECT order_id FROM orders WHERE customer_id = '${customerId}'`;
  await until('every produced order is stored', async () => {
    return (await queryOnce(orderly.databaseUrl, sql)).length >= new Set(produced).size;
  });
  const rows = await queryOnce(orderly.databaseUrl, sql);
  return { produced: [...new Set(produced)].sort(), stored: rows.map(({ order_id }) => order_id).sort() };
}

test('an order whose answers are cut twice is stored once', async () => {
  await using client = proxied();
  const order = aCustomer();
  const cuts = proxy.begin({ kind: 'cut-answer', answers: 2, containing: '202 Accepted' });

  const { order_id } = await client.create(order);

  expect(cuts.isOver()).toBe(true);
  expect(await ordersOf(order.customer_id)).toEqual({ produced: [order_id], stored: [order_id] });
});

test('of 2,500 orders whose answers are cut, each is stored once, under the id of its result', async () => {
  await using client = proxied();
  const order = aCustomer();
  const cuts = proxy.begin({ kind: 'cut-answer', answers: 4, containing: '202 Accepted' });

  const results = await client.createMany(Array(2_500).fill(order));

  expect(cuts.isOver()).toBe(true);
  const ids = results.map((result) => result.order?.order_id).sort();
  expect(new Set(ids).size).toBe(2_500);
  expect(await ordersOf(order.customer_id)).toEqual({ produced: ids, stored: ids });
});

test('a cancel whose answer is cut is in the history once', async () => {
  await using client = proxied();
  const { order_id } = await client.create(aCustomer());
  await client.waitFor(order_id);
  const cuts = proxy.begin({ kind: 'cut-answer', answers: 1, containing: '202 Accepted' });

  const { event_id } = await client.cancel(order_id);

  expect(cuts.isOver()).toBe(true);
  await until('the cancel is processed', async () => (await client.history(order_id)).history.length > 1);
  expect((await client.history(order_id)).history).toMatchObject([
    { event_type: 'order.created' },
    { event_type: 'order.cancel_requested', event_id },
  ]);
});

test('a second client with the key of a failed call finishes it, and the order is stored once', async () => {
  await using impatient = createClient({ baseUrl: `http://127.0.0.1:${proxy.port}`, retry: { attempts: 1 } });
  await using patient = proxied();
  const order = aCustomer();
  const cuts = proxy.begin({ kind: 'cut-answer', answers: 1, containing: '202 Accepted' });

  const error = await impatient.create(order).catch((reason: unknown) => reason);
  expect(cuts.isOver()).toBe(true);
  expect(error).toMatchObject({ code: 'network_error', idempotencyKey: expect.any(String) });
  const { order_id } = await patient.create(order, {
    idempotencyKey: (error as { idempotencyKey: string }).idempotencyKey,
  });

  expect(await ordersOf(order.customer_id)).toEqual({ produced: [order_id], stored: [order_id] });
});
