import { hasEarlierRedrive } from '../dead-letters/sql/redrive-dead-letters.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { Database } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { loadOutbox } from './load-outbox.ts';
import type { PublishedOutbox } from './outbox-entry.ts';
import { completeOutbox, firstRound, publishOutbox } from './publish-outbox.ts';
import { type SizedOutboxRow, selectOutbox } from './sql/select-due-outbox.ts';

/** How many rows are read at once. Their keys and sizes decide how many are sent at once. */
const ROWS_AT_ONCE = 50;

/** Counts rows of the outbox. */
export interface PublishedRedrive {
  readonly acknowledged: number;
  /** Rows that Kafka will never accept, for example because a record is too large. Their letters are open again. */
  readonly rejected: PublishedOutbox['rejected'];
  /** Rows that may be unsent: the relay sends them. */
  readonly left: number;
}

/**
 * Sends the rows of a redrive without waiting for the relay. If an earlier redrive is unsent, leaves all rows to
 * the relay, because the earlier records come first. Leaves the remaining rows to the relay when Kafka does not
 * acknowledge.
 */
export async function publishRedriven(
  database: Database,
  producer: Producer<TopicValues>,
  outboxIds: readonly string[],
  clock: Clock,
): Promise<PublishedRedrive> {
  const rejected: PublishedOutbox['rejected'][number][] = [];
  let acknowledged = 0;
  const [first] = outboxIds;
  const canStart = first !== undefined && !(await hasEarlierRedrive(database, first));
  for await (const ids of rounds(database, canStart ? outboxIds : [])) {
    const published = await publishOutbox(producer, await loadOutbox(database, ids), 'redrive');
    await completeOutbox(database, published, clock());
    acknowledged += published.acknowledged.length;
    rejected.push(...published.rejected);
    if (published.acknowledged.length + published.rejected.length < ids.length) {
      break; // Kafka is unavailable
    }
  }
  return { acknowledged, rejected, left: outboxIds.length - acknowledged - rejected.length };
}

/** Yields the rows that can be sent together. */
async function* rounds(database: Database, outboxIds: readonly string[]): AsyncGenerator<string[]> {
  for (let at = 0; at < outboxIds.length; at += ROWS_AT_ONCE) {
    const ids = outboxIds.slice(at, at + ROWS_AT_ONCE);
    const known = new Map((await selectOutbox(database, ids)).map((row) => [row.id, row]));
    let rows: readonly SizedOutboxRow[] = ids.map(
      (id) => known.get(id) ?? { id, bytes: 0, keyHash: null }, // the relay already sent it
    );
    while (rows.length > 0) {
      const round = firstRound(rows);
      yield round.map(({ id }) => id);
      rows = rows.slice(round.length);
    }
  }
}
