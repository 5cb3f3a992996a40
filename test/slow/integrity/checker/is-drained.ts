import pg from 'pg';
import type { Servers } from './observe.ts';
import { readPositions } from './read-positions.ts';

export interface Drain {
  readonly drained: boolean;
  /** The remaining work, for people; '' when none remains. */
  readonly waitingFor: string;
}

/** Returns whether everything that was sent has been processed. A server that does not answer counts as remaining work. */
export async function isDrained(servers: Servers): Promise<Drain> {
  try {
    const open = [...(await recordsBehind(servers.brokers)), ...(await rowsLeft(servers.databaseUrl))];
    return { drained: open.length === 0, waitingFor: open.join(', ') };
  } catch (error) {
    return { drained: false, waitingFor: Error.isError(error) ? error.message : String(error) };
  }
}

async function recordsBehind(brokers: readonly string[]): Promise<string[]> {
  const behind = Map.groupBy(await readPositions(brokers), ({ group }) => group);
  return [...behind].flatMap(([group, positions]) => {
    const lag = positions.reduce((sum, { committed, end }) => sum + Math.max(0, end - committed), 0);
    return lag > 0 ? [`${lag} records of ${group}`] : [];
  });
}

async function rowsLeft(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined); // the query reports the error too
  await client.connect();
  try {
    const { rows } = await client.query<{ processing: number; waiting: number; outbox: number }>(
      `SELECT (SELECT count(*)::int FROM orders WHERE status = 'PROCESSING') AS processing,
              (SELECT count(*)::int FROM fulfilment_attempts WHERE next_attempt_at IS NOT NULL) AS waiting,
              (SELECT count(*)::int FROM outbox WHERE set_aside_at IS NULL) AS outbox`,
    );
    const { processing = 0, waiting = 0, outbox = 0 } = rows[0] ?? {};
    return [
      ...(processing > 0 ? [`${processing} orders PROCESSING`] : []),
      ...(waiting > 0 ? [`${waiting} attempts`] : []),
      ...(outbox > 0 ? [`${outbox} rows of the outbox`] : []),
    ];
  } finally {
    await client.end().catch(() => undefined);
  }
}
