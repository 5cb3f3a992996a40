import pg from 'pg';
import { orderProcessing } from '../../../../lib/kafka/topics/topics.ts';
import { openLagReader } from '../../../../ops/load/consumer-lag.ts';

/** Work in flight at one moment; null when the server with the figure did not answer. */
export interface InFlight {
  readonly requests: number;
  /** Open transactions of the functions. */
  readonly transactions: number | null;
  /** Records of `orders` that the consumer group has not committed. */
  readonly lag: number | null;
  readonly outboxRows: number | null;
  /** Orders that wait for the outcome of the webhook. */
  readonly waitingOrders: number | null;
}

export interface InFlightSource {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  /** Requests of the load without an answer yet. */
  readonly requests: () => number;
}

const TIMEOUT_MS = 2_000;

export async function readInFlight(source: InFlightSource): Promise<InFlight> {
  const requests = source.requests();
  const [stored, lag] = await Promise.all([
    readStored(source.databaseUrl).catch(() => nothingKnown),
    readLag(source.brokers).catch(() => null),
  ]);
  return { requests, ...stored, lag };
}

/** Describes the work in flight in one line. */
export function describeInFlight(inFlight: InFlight): string {
  const { requests, transactions, lag, outboxRows, waitingOrders } = inFlight;
  const known = (count: number | null): string => (count === null ? 'unknown' : `${count}`);
  return `requests: ${requests}, transactions: ${known(transactions)}, lag: ${known(lag)}, outbox rows: ${known(outboxRows)}, waiting orders: ${known(waitingOrders)}`;
}

const nothingKnown = { transactions: null, outboxRows: null, waitingOrders: null };

type Stored = Pick<InFlight, 'transactions' | 'outboxRows' | 'waitingOrders'>;

async function readStored(databaseUrl: string): Promise<Stored> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Stored>(
      `SELECT (SELECT count(*)::int FROM pg_stat_activity
               WHERE application_name = 'orderly' AND xact_start IS NOT NULL) AS transactions,
              (SELECT count(*)::int FROM outbox) AS "outboxRows",
              (SELECT count(*)::int FROM fulfilment_attempts) AS "waitingOrders"`,
    );
    return rows[0] ?? nothingKnown;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function readLag(brokers: readonly string[]): Promise<number | null> {
  using reader = await openLagReader([...brokers], orderProcessing);
  return await reader.read();
}
