import type { Database, Queryable } from '../postgres/database.ts';
import type { Clock } from '../time/clock.ts';
import { loadOutbox } from './load-outbox.ts';
import type { OutboxEntry, PublishedOutbox } from './outbox-entry.ts';
import { completeOutbox, firstRound } from './publish-outbox.ts';
import { countDueOutbox, type OutboxRow, selectDueOutbox } from './sql/select-due-outbox.ts';

/** What is younger is still being published by whoever wrote it. */
const LEFT_OVER_AFTER_MS = 5_000;

/** With their messages in memory: a row may stand for a thousand events. */
const ROWS_PER_ROUND = 20;

/** What a round and the report may take, with a database that hesitates: 2 s to connect, 15 s, and 4 s to read. */
const LONGEST_ROUND_MS = 22_000;

/** Any number that nobody else locks in this database. */
const ADVISORY_LOCK = 727_173_002;

export interface RelayOptions {
  readonly database: Database;
  readonly publish: (entries: readonly OutboxEntry[]) => Promise<PublishedOutbox>;
  readonly clock: Clock;
  /** What is left of the time that the caller has. */
  readonly timeLeftMs: () => number;
}

export interface RelayReport {
  /** Rows, all of whose messages Kafka has. */
  readonly published: number;
  readonly parked: PublishedOutbox['rejected'];
  /** Rows that could not be sent now, or that there was no time for. */
  readonly left: number;
  /** Of those left. */
  readonly oldestAgeMs: number | undefined;
}

/**
 * Publishes what nobody has published after its commit: rows of the outbox older than 5 s, by id. A row that Kafka refuses is
 * set aside; one that it does not acknowledge stays for the next relay, and so do, when none of a kind is acknowledged,
 * the others of that kind, since they most likely have the same trouble. Redrives stay as soon as one of them does, so
 * that none overtakes an earlier one of its key. Never goes by the highest id: rows may be
 * committed in another order than they were numbered.
 *
 * One relay is at work at a time; beside it another one returns undefined, at once.
 * @throws OrderlyError when the database is away; what was published since the last commit is then published again.
 */
export async function relayOutbox(options: RelayOptions): Promise<RelayReport | undefined> {
  const { database, clock, timeLeftMs } = options;
  const excluded = { ids: [] as string[], kinds: [] as string[] };
  const parked: PublishedOutbox['rejected'][number][] = [];
  let published = 0;

  while (timeLeftMs() > LONGEST_ROUND_MS) {
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
  const { rows: left, oldestAt } = await countDueOutbox(database, clock() - LEFT_OVER_AFTER_MS);
  return { published, parked, left, oldestAgeMs: oldestAt && clock() - oldestAt };
}

interface Round {
  readonly rows: readonly OutboxRow[];
  readonly published: PublishedOutbox;
}

/** One transaction, which holds the lock; undefined when another one has it. */
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
  const due = await selectDueOutbox(transaction, clock() - LEFT_OVER_AFTER_MS, excluded, ROWS_PER_ROUND);
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

/** Kinds of which a round had rows and settled none, and redrives if one of them is left. */
function blockedKinds(round: Round): string[] {
  const left = new Set(remainingRows(round));
  const completedKinds = new Set(round.rows.filter((row) => !left.has(row)).map(({ kind }) => kind));
  return [...new Set([...left].map(({ kind }) => kind))].filter(
    (kind) => kind === 'redrive' || !completedKinds.has(kind),
  );
}
