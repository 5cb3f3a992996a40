import { hasEarlierRedrive } from '../dead-letters/sql/redrive-dead-letters.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { Database } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { loadOutbox } from './load-outbox.ts';
import type { PublishedOutbox } from './outbox-entry.ts';
import { completeOutbox, firstRound, publishOutbox } from './publish-outbox.ts';
import { type SizedOutboxRow, selectOutbox } from './sql/select-due-outbox.ts';

/** Looked at together; how many are sent together depends on their keys and sizes. */
const ROWS_AT_ONCE = 50;

/** Of rows of the outbox. */
export interface PublishedRedrive {
  readonly acknowledged: number;
  /** Kafka will never take them, as when one is too large: their letters are open again. */
  readonly rejected: PublishedOutbox['rejected'];
  /** Not known to be sent: the relay sends them. */
  readonly left: number;
}

/**
 * Sends what a redrive put into the outbox, without waiting for the relay. Leaves everything to it when an earlier
 * redrive still waits there, since its records may come first, and the rest when Kafka does not acknowledge.
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
    const published = await publishOutbox(producer, await loadOutbox(database, ids));
    await completeOutbox(database, published, clock());
    acknowledged += published.acknowledged.length;
    rejected.push(...published.rejected);
    if (published.acknowledged.length + published.rejected.length < ids.length) {
      break; // Kafka is away
    }
  }
  return { acknowledged, rejected, left: outboxIds.length - acknowledged - rejected.length };
}

/** The rows that may be sent at once, again and again. */
async function* rounds(database: Database, outboxIds: readonly string[]): AsyncGenerator<string[]> {
  for (let at = 0; at < outboxIds.length; at += ROWS_AT_ONCE) {
    const ids = outboxIds.slice(at, at + ROWS_AT_ONCE);
    const known = new Map((await selectOutbox(database, ids)).map((row) => [row.id, row]));
    let rows: readonly SizedOutboxRow[] = ids.map(
      (id) => known.get(id) ?? { id, bytes: 0, keyHash: null }, // the relay was faster
    );
    while (rows.length > 0) {
      const round = firstRound(rows);
      yield round.map(({ id }) => id);
      rows = rows.slice(round.length);
    }
  }
}
