import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../../../../cli/poll-until.ts';
import { topics } from '../../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../../local/kafka/ensure-topics.ts';
import { queryOnce } from '../../../support/database.ts';
import { openAdmin } from '../../../support/kafka.ts';
import type { Journal } from '../journal.ts';
import type { PlannedRequest, Recreation } from '../load/planned-load.ts';
import { runLoad } from '../load/run-load.ts';
import type { Cluster } from './cluster.ts';

const THROUGH_PER_SECOND = 100;
/** High, so that the new topic soon has offsets that a consumer with old positions accepts as valid. */
const AFTER_PER_SECOND = 5_000;
const UNDER_WAY_MS = 300;
const CREATED_TIMEOUT_MS = 10_000;
const STORED_TIMEOUT_MS = 60_000;

export interface RecreationTarget {
  readonly journal: Journal;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Replaces the topic `orders` by a new one, so that committed offsets are low. Otherwise the recreated topic would not
 * contain them. Then deletes the topic while orders are sent, creates it again at once, and sends more orders. Resolves
 * when these are stored, or after a minute.
 */
export async function recreateTopic(
  cluster: Cluster,
  { before, through, after }: Recreation,
  { journal, progress, signal }: RecreationTarget,
): Promise<void> {
  const send = (requests: readonly PlannedRequest[], ratePerSecond: number): Promise<void> =>
    runLoad(
      { requests },
      { apiUrls: () => cluster.apiUrls, brokers: cluster.brokers, journal, signal, ratePerSecond },
    );
  const areStored = (requests: readonly PlannedRequest[]): Promise<boolean> =>
    pollUntil(() => stored(cluster, requests), {
      intervalMs: 500,
      timeoutMs: STORED_TIMEOUT_MS,
      signal,
    });

  await deleteAndCreate(cluster.brokers);
  await send(before, THROUGH_PER_SECOND);
  await areStored(before);
  const sendingThrough = send(through, THROUGH_PER_SECOND);
  await delay(UNDER_WAY_MS, undefined, { signal });
  await deleteAndCreate(cluster.brokers);
  progress('orders was deleted and created again under load');
  await Promise.all([sendingThrough, send(after, AFTER_PER_SECOND)]);
  progress(`orders sent afterwards are ${(await areStored(after)) ? '' : 'NOT '}stored`);
}

/** Waits until the broker has the new topic: an earlier acknowledgement may belong to the old one. */
async function deleteAndCreate(brokers: readonly string[]): Promise<void> {
  await using admin = await openAdmin(brokers);
  const recordsOf = async (): Promise<number> =>
    (await admin.fetchTopicOffsets('orders')).reduce(
      (sum, { high, low }) => sum + Number(high) - Number(low),
      0,
    );
  const before = await recordsOf();
  await admin.deleteTopics({ topics: ['orders'] });
  const isDeleted = async (): Promise<boolean> => !(await admin.listTopics()).includes('orders');
  await pollUntil(isDeleted, { intervalMs: 5, timeoutMs: CREATED_TIMEOUT_MS });
  await ensureTopics(brokers, { orders: topics.orders });
  await pollUntil(async () => (await recordsOf().catch(() => before)) < before, {
    intervalMs: 50,
    timeoutMs: CREATED_TIMEOUT_MS,
  });
}

async function stored({ databaseUrl }: Cluster, requests: readonly PlannedRequest[]): Promise<boolean> {
  const ids = requests.flatMap(({ commands }) => commands.map(({ id }) => `'${id}'`));
  const sql = `SELECT count(*)::int AS orders FROM orders WHERE order_id IN (${ids.join()})`;
  const [row] = await queryOnce(databaseUrl, sql);
  return row?.orders === ids.length;
}
