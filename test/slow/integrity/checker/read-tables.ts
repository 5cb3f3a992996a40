import pg from 'pg';
import { contentOf } from '../load/planned-load.ts';
import type {
  AttemptsRow,
  HistoryLine,
  LetterRow,
  Observations,
  OrderRow,
  OutboxRow,
} from './observations.ts';
import { headersDigest } from './read-records.ts';

type Tables = Pick<Observations, 'orders' | 'history' | 'deadLetters' | 'attempts' | 'outbox'>;

/** Reads all five tables in one snapshot. */
export async function readTables(databaseUrl: string): Promise<Tables> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined); // the query reports the error too
  await client.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0');
    const read = async <Row>(sql: string): Promise<Row[]> =>
      (await client.query<Row & pg.QueryResultRow>(sql)).rows;
    return {
      orders: (await read<StoredRow>(selectOrders)).map(orderRow),
      history: await read<HistoryLine>(selectHistory),
      deadLetters: (await read<StoredLetter>(selectLetters)).map(letterRow),
      attempts: await read<AttemptsRow>(selectAttempts),
      outbox: await read<OutboxRow>('SELECT id::text, kind, error FROM outbox ORDER BY id'),
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

const selectOrders = `
  SELECT order_id, customer_id, product_id, quantity, price_cents::float8 / 100 AS price, created_at,
         status, status_reason AS "statusReason", version
  FROM orders ORDER BY order_id`;

const selectHistory = `
  SELECT order_id AS "orderId", event_id AS "eventId", event_type AS "eventType", version, status,
         status_reason AS "statusReason", ${milliseconds('at')} AS at
  FROM order_status_history ORDER BY order_id, version`;

const selectLetters = `
  SELECT id::text, partition, "offset"::float8, event_id AS "eventId", key,
         coalesce(encode(sha256(value), 'hex'), '') AS digest, headers, code, state, refusals
  FROM dead_letters ORDER BY id`;

const selectAttempts = `
  SELECT order_id AS "orderId", ${milliseconds('next_attempt_at')} AS "nextAttemptAt"
  FROM fulfilment_attempts ORDER BY order_id`;

interface StoredRow extends Omit<OrderRow, 'orderId' | 'customerId' | 'content'> {
  readonly order_id: string;
  readonly customer_id: string;
  readonly product_id: string;
  readonly quantity: number;
  readonly price: number;
  readonly created_at: Date;
}

function orderRow({ order_id, created_at, ...row }: StoredRow): OrderRow {
  return {
    orderId: order_id,
    customerId: row.customer_id,
    content: contentOf({ ...row, created_at: created_at.toISOString() }),
    status: row.status,
    statusReason: row.statusReason,
    version: row.version,
  };
}

type StoredLetter = Omit<LetterRow, 'key' | 'headers'> & {
  readonly key: Buffer | null;
  readonly headers: Buffer;
};

function letterRow(letter: StoredLetter): LetterRow {
  const headers: [string, string][] = JSON.parse(letter.headers.toString());
  return {
    ...letter,
    key: letter.key?.toString() ?? '',
    headers: headersDigest(headers.map(([name, value]) => [name, Buffer.from(value, 'base64')])),
  };
}
