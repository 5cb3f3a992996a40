import pg from 'pg';
import { pollUntil } from '../../../../cli/poll-until.ts';

/** Blocks work at one point of the code, so that a fault hits it exactly there. */
export interface Hold extends AsyncDisposable {
  /** Waits, with a time limit, until at least so many are blocked. Returns how many are. */
  untilCaught(atLeast: number): Promise<number>;
  /** Unblocks them. Also works when the server has died. Idempotent. */
  release(): Promise<void>;
}

const CATCH_TIMEOUT_MS = 20_000;
const POLL_MS = 10;

/** An advisory lock id that nothing else uses in this database. */
const DELETE_LOCK = 515_001;

/**
 * Blocks batches inside their transaction, because they cannot write orders. Outcomes of the webhook are blocked too,
 * but not counted, because the faults need a batch.
 */
export function holdBatches(databaseUrl: string): Promise<Hold> {
  return hold(
    databaseUrl,
    'LOCK TABLE orders IN EXCLUSIVE MODE',
    `SELECT count(*)::int AS caught FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'orderly' AND wait_event_type = 'Lock' AND query LIKE '%INSERT INTO orders (%'`,
  );
}

/** Blocks the relay after Kafka's acknowledgement, before it deletes the rows. Requires `prepareRelayHold`. */
export function holdRelay(databaseUrl: string): Promise<Hold> {
  return hold(
    databaseUrl,
    `SELECT pg_advisory_xact_lock(${DELETE_LOCK})`,
    // Only the relay holds this lock; functions that publish after their own commit do not.
    `SELECT count(*)::int AS caught FROM pg_locks AS waiting
     WHERE locktype = 'advisory' AND NOT granted AND objid = ${DELETE_LOCK} AND EXISTS (
       SELECT FROM pg_locks AS own WHERE own.pid = waiting.pid AND own.locktype = 'advisory' AND own.granted)`,
  );
}

/** Adds an advisory lock to every delete, because no table lock blocks deletes but allows inserts. */
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
  client.on('error', () => undefined); // its server may be killed
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
          await client.query('SELECT pg_stat_clear_snapshot()'); // a transaction keeps its first snapshot of the activity
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
