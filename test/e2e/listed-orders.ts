import { setTimeout as delay } from 'node:timers/promises';
import { type ListedOrders, listOrders } from '../../bench/with-stack/list.ts';
import { createClient } from '../../client/src/index.ts';
import { queryOnce } from '../support/database.ts';

/** Each customer of the stored orders has a hundred orders. */
export const ORDERS_OF_A_CUSTOMER = 100;

/**
 * Stores orders of the last hours, 25 with the same millisecond each, so that pages end between equal times. The ids
 * are `stored-1` and so on, and the customers `listed-0` and so on.
 */
export async function storeOrders(databaseUrl: string, count: number): Promise<void> {
  await queryOnce(
    databaseUrl,
    `WITH stored AS (
       INSERT INTO orders
       SELECT 'stored-' || g, 'listed-' || g % ${count / ORDERS_OF_A_CUSTOMER}, 'product-' || g % 100, 1, 1999, 1999,
              CASE WHEN g % 50 = 0 THEN 'FAILED' ELSE 'COMPLETED' END, NULL, 1, at, at
       FROM generate_series(1, ${count}) AS g,
            LATERAL (SELECT date_trunc('milliseconds', now()) - g / 25 * interval '1 s' AS at) AS time
       RETURNING order_id, status, created_at
     )
     INSERT INTO order_history_entries
     SELECT order_id, gen_random_uuid(), 'order.created', 1, status, NULL, created_at FROM stored`,
  );
  await queryOnce(databaseUrl, 'ANALYZE');
}

const PER_SECOND = 100;
const SENDERS = 5;

/** Lists all orders repeatedly while new ones arrive, and returns the lists. Rejects if an order is not accepted. */
export async function listWhileOrdersComeIn(apiUrl: string, incoming: number): Promise<ListedOrders[]> {
  let sending = true;
  const [, lists] = await Promise.all([
    sendIncoming(apiUrl, incoming).finally(() => {
      sending = false;
    }),
    listWhile(apiUrl, () => sending),
  ]);
  return lists;
}

/**
 * Sends orders at a steady rate. Half of them are newer than the stored orders, the others lie between them: the oldest first,
 * so that a list, which goes from new to old, meets some of them at any speed.
 */
async function sendIncoming(apiUrl: string, incoming: number): Promise<void> {
  await using client = createClient({ baseUrl: apiUrl });
  const startedAt = Date.now();
  const send = async (sender: number): Promise<void> => {
    for (let index = sender; index < incoming; index += SENDERS) {
      await delay(Math.max(0, startedAt + (index * 1_000) / PER_SECOND - Date.now()));
      const earlier = new Date(startedAt - (1 - index / incoming) * 3_600_000).toISOString();
      const content = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };
      await client.create({
        ...content,
        order_id: `incoming-${index}`,
        ...(index % 2 === 0 && { created_at: earlier }),
      });
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
}

/** Lists all orders until the sending ends and a list has one of the new orders: others may keep the consumer busy. */
async function listWhile(apiUrl: string, isSending: () => boolean): Promise<ListedOrders[]> {
  const lists: ListedOrders[] = [];
  do {
    lists.push(await listOrders(apiUrl));
  } while (isSending() || !lists.some(({ orderIds }) => orderIds.some((id) => id.startsWith('incoming-'))));
  return lists;
}
