import pg from 'pg';
import { pollUntil } from '../../../../cli/poll-until.ts';

/** Work that is held up at one place from now on, so that a fault finds it exactly there. */
export interface Hold extends AsyncDisposable {
  /** Waits, for a while, until so many stand there; resolves to how many do. */
  untilCaught(atLeast: number): Promise<number>;
  /** Lets them go on. Also when the server has died meanwhile. Idempotent. */
  release(): Promise<void>;
}

const CATCH_TIMEOUT_MS = 6_000;
const POLL_MS = 10;

/** Any number that nobody else locks in this database. */
const DELETE_LOCK = 515_001;

/**
 * Batches inside their transaction: their history cannot be written. Outcomes of the webhook are held with them, and
 * not counted: whoever kills a batch wants one.
 */
export function holdBatches(databaseUrl: string): Promise<Hold> {
  return hold(
    databaseUrl,
    'LOCK TABLE order_status_history IN EXCLUSIVE MODE',
    `SELECT count(*)::int AS caught FROM pg_stat_activity
     WHERE application_name = 'orderly' AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO orders (%'`,
  );
}

/** The relay, when Kafka has acknowledged what it sent: it cannot delete the rows. `prepareRelayHold` comes first. */
export function holdRelay(databaseUrl: string): Promise<Hold> {
  return hold(
    databaseUrl,
    `SELECT pg_advisory_xact_lock(${DELETE_LOCK})`,
    // Unlike those who publish after their own commit, a relay holds a lock of its own.
    `SELECT count(*)::int AS caught FROM pg_locks AS waiting
     WHERE locktype = 'advisory' AND NOT granted AND objid = ${DELETE_LOCK} AND EXISTS (
       SELECT FROM pg_locks AS own WHERE own.pid = waiting.pid AND own.locktype = 'advisory' AND own.granted)`,
  );
}

/** No lock on a table lets rows come and keeps them from going, so deleting takes a lock of its own here. */
export async function prepareRelayHold(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`
      CREATE FUNCTION wait_before_delete() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${DELETE_LOCK}); RETURN NULL; END $$;
      CREATE TRIGGER wait_before_delete BEFORE DELETE ON outbox
        FOR EACH STATEMENT EXECUTE FUNCTION wait_before_delete()`);
  } finally {
    await client.end();
  }
}

async function hold(databaseUrl: string, lock: string, count: string): Promise<Hold> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // its server may be what is killed
  await client.connect();
  const release = async (): Promise<void> => {
    await client.end().catch(() => undefined);
  };
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${CATCH_TIMEOUT_MS}; ${lock}`);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    untilCaught: async (atLeast) => {
      let caught = 0;
      await pollUntil(
        async () => {
          await client.query('SELECT pg_stat_clear_snapshot()'); // a transaction sees the activity of its first look for ever
          caught = (await client.query<{ caught: number }>(count)).rows[0]?.caught ?? 0;
          return caught >= atLeast;
        },
        { intervalMs: POLL_MS, timeoutMs: CATCH_TIMEOUT_MS },
      );
      return caught;
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}
