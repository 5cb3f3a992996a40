import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { pollUntil } from '../../../cli/poll-until.ts';
import { acceptsConnection } from '../../../local/postgres/postgres-server.ts';
import { queryOnce } from '../../support/database.ts';
import { type RunningStart, startOrderly } from '../../support/npm-start.ts';
import { OrderLoad } from './order-load.ts';

/**
 * The first promise: an acknowledged order is stored exactly once, whichever process is killed. Clients send orders
 * continuously. Kafka, PostgreSQL and then all processes at once get SIGKILL, each with requests and a batch in flight.
 * Then everything starts again.
 */

const ORDERS = 5_000;
const SENDERS = 20;

let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly();
});
afterAll(async () => {
  await orderly?.stop();
});

interface InFlight {
  readonly requests: number;
  readonly batches: number;
}

/**
 * Blocks every batch inside its transaction. Resolves when at least one batch is blocked while requests are in flight,
 * so that a kill interrupts work.
 */
async function catchInFlight(load: OrderLoad): Promise<InFlight & { release: () => Promise<void> }> {
  // Orders are also acknowledged while PostgreSQL is still unavailable after its kill.
  await pollUntil(() => acceptsConnection(orderly.databaseUrl), { intervalMs: 50, timeoutMs: 60_000 });
  const client = new pg.Client({ connectionString: orderly.databaseUrl });
  client.on('error', () => undefined); // its server may be killed
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE orders IN EXCLUSIVE MODE');

  let found: InFlight = { requests: 0, batches: 0 };
  await pollUntil(
    async () => {
      await client.query('SELECT pg_stat_clear_snapshot()'); // a transaction keeps its first snapshot of the activity
      const { rows } = await client.query<{ batches: number }>(
        `SELECT count(*)::int AS batches FROM pg_stat_activity
         WHERE application_name = 'orderly' AND wait_event_type = 'Lock'`,
      );
      found = { requests: load.inFlight, batches: rows[0]?.batches ?? 0 };
      return found.requests > 0 && found.batches > 0;
    },
    { intervalMs: 5, timeoutMs: 60_000 },
  );
  return { ...found, release: () => client.end().catch(() => undefined) };
}

const query = (sql: string) => queryOnce(orderly.databaseUrl, sql);

test('every acknowledged order is stored exactly once, as sent, though Kafka, PostgreSQL and everything are killed under load', async () => {
  const load = new OrderLoad(orderly.apiUrl, SENDERS);
  const caught: (InFlight & { readonly killed: string; readonly acknowledged: number })[] = [];
  const killAt = async (acknowledged: number, killed: string, kill: () => Promise<void>): Promise<void> => {
    await load.reached(acknowledged);
    const { requests, batches, release } = await catchInFlight(load);
    await kill();
    await release();
    caught.push({ killed, requests, batches, acknowledged: load.acknowledged.size });
  };

  load.start();
  await killAt(1_000, 'Kafka', async () => {
    process.kill((await orderly.pids()).kafka, 'SIGKILL');
  });
  await killAt(2_500, 'PostgreSQL', async () => {
    process.kill((await orderly.pids()).postgres, 'SIGKILL');
  });
  await killAt(4_000, 'everything', async () => {
    await orderly.killEverything();
  });
  orderly = await orderly.startAgain();
  await load.reached(ORDERS);
  await load.finish();
  const isStored = async (): Promise<boolean> =>
    (await query('SELECT count(*)::int AS n FROM orders'))[0]?.n === load.acknowledged.size;
  await pollUntil(isStored, {
    intervalMs: 200,
    timeoutMs: 120_000,
  });

  process.stdout.write(
    `${caught.map((at) => JSON.stringify(at)).join('\n')}\nrejected or broken: ${load.failures}\n`,
  );
  for (const { requests, batches } of caught) {
    expect(requests).toBeGreaterThan(0);
    expect(batches).toBeGreaterThan(0);
  }
  expect(load.acknowledged.size).toBeGreaterThanOrEqual(ORDERS);
  const stored = await query(
    `SELECT o.order_id, customer_id, product_id, quantity, price_cents::int AS price_cents, total_cents::int AS total_cents,
            created_at, o.status, o.version, count(h.event_id)::int AS history
     FROM orders o LEFT JOIN order_status_history h USING (order_id) GROUP BY o.order_id ORDER BY o.order_id`,
  );
  const storedIds = new Set(stored.map(({ order_id }) => order_id));
  expect([...load.acknowledged.keys()].filter((id) => !storedIds.has(id))).toEqual([]); // lost
  expect(stored).toEqual(
    [...load.acknowledged.values()]
      .map(({ sent, createdAt }) => ({
        order_id: sent.order_id,
        customer_id: sent.customer_id,
        product_id: sent.product_id,
        quantity: sent.quantity,
        price_cents: Math.round(sent.price * 100),
        total_cents: Math.round(sent.price * 100) * sent.quantity,
        created_at: createdAt,
        status: 'COMPLETED',
        version: 1,
        history: 1,
      }))
      .sort((a, b) => (a.order_id < b.order_id ? -1 : 1)),
  );
  expect(await query('SELECT * FROM dead_letters')).toEqual([]);
}, 600_000);
