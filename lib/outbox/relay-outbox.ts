import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { loadOutbox } from './load-outbox.ts';
import type { OutboxEntry, PublishedOutbox } from './outbox-entry.ts';
import { completeOutbox, firstRound } from './publish-outbox.ts';
import { countDueOutbox, type OutboxRow, selectDueOutbox } from './sql/select-due-outbox.ts';

/** A younger row is still being published by the process that wrote it. */
const MIN_AGE_MS = 5_000;

/** Limits memory: a row may have a thousand messages. */
const ROWS_PER_ROUND = 20;

/**
 * The longest time of a round and the report with a slow database: 2 s to connect, 15 s for the transaction, and 4
 * s to read.
 */
const MAX_ROUND_MS = 22_000;

/** The key of the advisory lock; unique in this database. */
const ADVISORY_LOCK = 727_173_002;

export interface RelayOptions {
  readonly database: Database;
  readonly publish: (entries: readonly OutboxEntry[]) => Promise<PublishedOutbox>;
  readonly clock: Clock;
  /** Returns the remaining time of the invocation. */
  readonly timeLeftMs: () => number;
}

export interface RelayReport {
  /** Rows whose messages were all acknowledged. */
  readonly published: number;
  readonly parked: PublishedOutbox['rejected'];
  /** Rows that could not be sent, or for which no time was left. */
  readonly left: number;
  /** The age of the oldest row left. */
  readonly oldestAgeMs: number | undefined;
}

/**
 * Publishes rows of the outbox that are older than 5 s, in id order. Parks a row that Kafka rejects. A row that
 * Kafka does not acknowledge stays for the next run. If no row of a kind is acknowledged, the other rows of that
 * kind stay too, because they most likely fail for the same reason. As soon as one redrive stays, all later
 * redrives stay, so that the records of a key keep their order. Never continues after the highest id: rows may be
 * committed in another order than their ids.
 *
 * Only one relay runs at a time. Returns undefined if another relay is running.
 * @throws OrderlyError when the database is unavailable. Rows published since the last commit are then published
 * again.
 */
export async function relayOutbox(options: RelayOptions): Promise<RelayReport | undefined> {
  const { database, clock, timeLeftMs } = options;
  const excluded = { ids: [] as string[], kinds: [] as string[] };
  const parked: PublishedOutbox['rejected'][number][] = [];
  let published = 0;

  while (timeLeftMs() > MAX_ROUND_MS) {
    const round = await database.transaction((transaction) => relayRound(transaction, options, excluded));
    if (round === undefined && published + parked.length + excluded.ids.length === 0) {
      return undefined;
    }
    if (round === undefined || round.rows.length === 0) {
      break;
    }
    published += round.published.acknowledged.length;
    parked.push(...round.published.rejected);
    excluded.ids.push(...remainingRows(round).map(({ id }) => id));
    excluded.kinds.push(...blockedKinds(round));
  }
  const { rows: left, oldestAt } = await countDueOutbox(database, clock() - MIN_AGE_MS);
  return { published, parked, left, oldestAgeMs: oldestAt && clock() - oldestAt };
}

interface Round {
  readonly rows: readonly OutboxRow[];
  readonly published: PublishedOutbox;
}

/** Runs one round in one transaction, which holds the lock. Returns undefined if another relay holds it. */
async function relayRound(
  transaction: Queryable,
  { publish, clock }: RelayOptions,
  excluded: { readonly ids: readonly string[]; readonly kinds: readonly string[] },
): Promise<Round | undefined> {
  const { rows: locked } = await transaction.query('SELECT 1 WHERE pg_try_advisory_xact_lock($1)', [
    ADVISORY_LOCK,
  ]);
  if (locked.length === 0) {
    return undefined;
  }
  const due = await selectDueOutbox(transaction, clock() - MIN_AGE_MS, excluded, ROWS_PER_ROUND);
  const rows = firstRound(due);
  if (rows.length === 0) {
    return { rows, published: { acknowledged: [], rejected: [] } };
  }
  const entries = await loadOutbox(
    transaction,
    rows.map(({ id }) => id),
  );
  const published = await publish(entries);
  await completeOutbox(transaction, published, clock());
  return { rows, published };
}

function remainingRows({ rows, published }: Round): OutboxRow[] {
  const completed = new Set([...published.acknowledged, ...published.rejected.map(({ id }) => id)]);
  return rows.filter(({ id }) => !completed.has(id));
}

/** Returns the kinds whose rows all remain, and redrives if one of them remains. */
function blockedKinds(round: Round): string[] {
  const left = new Set(remainingRows(round));
  const completedKinds = new Set(round.rows.filter((row) => !left.has(row)).map(({ kind }) => kind));
  return [...new Set([...left].map(({ kind }) => kind))].filter(
    (kind) => kind === 'redrive' || !completedKinds.has(kind),
  );
}
