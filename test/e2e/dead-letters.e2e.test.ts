import { beforeAll, expect, test } from '@jest/globals';
import { createClient, type OrderlyClient } from '../../client/src/index.ts';
import { queryOnce } from '../support/database.ts';
import { runScript, type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';

let orderly: SharedStart;
let client: OrderlyClient;

beforeAll(async () => {
  orderly = await sharedStart();
  client = createClient({ baseUrl: orderly.apiUrl });
});

const order = { customer_id: 'customer-1', product_id: 'product-1', quantity: 2, price: 19.99 };
const deadLetters = (line: string) =>
  runScript(['dead-letters', '--', ...line.split(' ')], orderly.environment);

/** The letters of these tests with their keys, by code. */
const letters = () =>
  queryOnce(
    orderly.databaseUrl,
    `SELECT id, code, convert_from(key, 'UTF8') AS key, state, refusals FROM dead_letters
     WHERE key IN ('taken', 'early') ORDER BY code`,
  );

/** Accepts an order and waits until it is stored. */
async function send(orderId: string): Promise<void> {
  await client.create({ ...order, order_id: orderId });
  await client.waitFor(orderId);
}

test('a conflict and a cancel before its order are listed, redriven in order, and discarded', async () => {
  await send('taken');
  await client.create({ ...order, order_id: 'taken', quantity: 3 });
  await client.cancel('early');
  await until('both are dead letters', async () => (await letters()).length === 2);
  await send('early');
  const ids = (await letters()).map(({ id }) => id).join(' ');

  const listed = await deadLetters('list --json --limit 500');
  const redriven = await deadLetters(`redrive ${ids}`);
  await until('both have been processed', async () => {
    const [conflict] = await letters();
    const { history } = await client.history('early');
    const isCancelled = history.some(({ event_type }) => event_type === 'order.cancel_requested');
    return conflict?.refusals === 2 && isCancelled;
  });
  const after = await letters();
  const again = await deadLetters('list --key taken --json');
  const discarded = await deadLetters(`discard ${after[0]?.id} --reason mistake`);
  const nothingLeft = await deadLetters('redrive --key taken');

  expect(
    listed.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject(
    expect.arrayContaining([
      expect.objectContaining({ code: 'order_id_conflict', key: 'taken', state: 'open', refusals: 1 }),
      expect.objectContaining({ code: 'order_unknown', key: 'early', state: 'open', refusals: 1 }),
    ]),
  );
  expect(redriven).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('Kafka has acknowledged all of them.'),
  });
  expect(after).toMatchObject([
    { code: 'order_id_conflict', key: 'taken', state: 'open', refusals: 2 },
    { code: 'order_unknown', key: 'early', state: 'redriven', refusals: 1 },
  ]);
  expect(JSON.parse(again.output)).toMatchObject({ key: 'taken', refusals: 2 });
  expect(discarded.exitCode).toBe(0);
  expect(nothingLeft).toEqual({ exitCode: 0, output: 'Redrove nothing: no open letter matches\n' });
});

test('a redrive changes no order: the first content stays, and the cancel follows its order', async () => {
  const taken = await client.get('taken');
  const { history } = await client.history('early');

  expect(taken).toMatchObject({ status: 'COMPLETED', version: 1, quantity: 2 });
  expect(history).toMatchObject([
    { event_type: 'order.created', version: 1, status: 'COMPLETED' },
    { event_type: 'order.cancel_requested', version: null },
  ]);
});
