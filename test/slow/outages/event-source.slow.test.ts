import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics } from '../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../local/kafka/ensure-topics.ts';
import { type ApiAnswer, apiRequest } from '../../support/api-request.ts';
import { queryOnce } from '../../support/database.ts';
import { openAdmin } from '../../support/kafka.ts';
import { type RunningStart, startOrderly } from '../../support/npm-start.ts';
import { until } from '../../support/until.ts';

/** The producer gives up after 4 s. The rest is for a busy machine. */
const GIVEN_UP_MS = 8_000;
/** A partition is stalled after 30 s, and the pauses before a retry reach 30 s. */
const STALL_MS = 120_000;

let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly();
});
afterAll(() => orderly?.stop());

interface Sent {
  readonly id: string;
  readonly status: number;
  readonly code: unknown;
  readonly ms: number;
}

async function send(id: string): Promise<Sent> {
  const startedAt = performance.now();
  const order = { order_id: id, customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };
  const { status, body } = await apiRequest(orderly.apiUrl, 'POST', '/api/orders', order);
  return { id, status, code: body.code, ms: performance.now() - startedAt };
}

async function sendMany(name: string, count: number): Promise<Sent[]> {
  const sent: Sent[] = [];
  const ids = Array.from({ length: count }, (_, index) => `${name}-${index}`);
  const worker = async (): Promise<void> => {
    for (let id = ids.shift(); id !== undefined; id = ids.shift()) {
      sent.push(await send(id));
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
  return sent;
}

const stored = async (name: string): Promise<string[]> =>
  (await queryOnce(orderly.databaseUrl, `SELECT order_id FROM orders WHERE order_id LIKE '${name}-%'`)).map(
    ({ order_id }) => `${order_id}`,
  );

async function areStored(orders: readonly Sent[]): Promise<boolean> {
  const ids = orders.map(({ id }) => `'${id}'`);
  const sql = `SELECT count(*)::int AS orders FROM orders WHERE order_id IN (${ids.join()})`;
  const [row] = await queryOnce(orderly.databaseUrl, sql);
  return row?.orders === ids.length;
}

const health = (): Promise<ApiAnswer> => apiRequest(orderly.apiUrl, 'GET', '/api/health');

test.each([
  { name: 'at-once', isAwayMeanwhile: false },
  { name: 'later', isAwayMeanwhile: true },
])(
  'after orders is deleted under load and created again $name, every order acknowledged afterwards is stored',
  async ({ name, isAwayMeanwhile }) => {
    const seen = orderly.output().length;
    const before = (await sendMany(`before-${name}`, 300)).filter(({ status }) => status === 202);
    expect(before.length).toBeGreaterThan(250);
    await until('the first orders are stored', () => areStored(before));
    let isOver = false;
    const during: Sent[] = [];
    const load = (async () => {
      for (let index = 0; !isOver; index += 1) {
        during.push(await send(`during-${name}-${index}`));
        await delay(5);
      }
    })();
    await using admin = await openAdmin([orderly.kafkaBrokers]);

    await admin.deleteTopics({ topics: ['orders'] });
    await until('the broker has deleted it', async () => !(await admin.listTopics()).includes('orders'));
    if (isAwayMeanwhile) {
      const rejected = await send('gap');
      expect(rejected).toMatchObject({ status: 503, code: 'kafka_unavailable' });
      expect(rejected.ms).toBeLessThan(GIVEN_UP_MS);
    }
    await ensureTopics([orderly.kafkaBrokers], topics);
    const after = await sendMany(`after-${name}`, 600);
    isOver = true;
    await load;

    const accepted = after.filter(({ status }) => status === 202);
    expect(accepted.length).toBeGreaterThan(500);
    expect([...during, ...after].filter(({ status }) => status !== 202 && status !== 503)).toEqual([]);
    const last = during.slice(-1).filter(({ status }) => status === 202);
    await until('the acknowledged orders are stored', () => areStored([...accepted, ...last]));
    expect(orderly.output().slice(seen)).toContain(
      'orders → processOrders: the topic was deleted and created again',
    );
  },
);

test('health names a consumer without progress, with its partition, offset and reason, until it continues', async () => {
  await until('it is healthy after the test before', async () => (await health()).body.status === 'healthy');
  await queryOnce(orderly.databaseUrl, 'ALTER TABLE orders RENAME TO orders_elsewhere');
  await send('stuck-1');

  await until('it is degraded', async () => (await health()).body.status === 'degraded', STALL_MS);
  const { status, body } = await health();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    dependencies: { kafka: { state: 'up' }, database: { state: 'up' } },
    // a record of the test before may wait in another partition
    stalled_consumers: expect.arrayContaining([
      expect.objectContaining({
        consumer: 'processOrders',
        group: 'order-processing-group',
        topic: 'orders',
        partition: expect.any(Number),
        offset: expect.any(Number),
        records_waiting: 1,
        stalled_seconds: expect.any(Number),
        reason: expect.stringMatching(/^the function fails: /),
      }),
    ]),
  });
  await queryOnce(orderly.databaseUrl, 'ALTER TABLE orders_elsewhere RENAME TO orders');

  await until('it is healthy', async () => (await health()).body.status === 'healthy', STALL_MS);
  expect(await stored('stuck')).toEqual(['stuck-1']);
}, 400_000);
