import { insertDeadLetters } from '../../lib/dead-letters/sql/insert-dead-letters.ts';
import type { DeadLetterCode, KafkaRecord } from '../../lib/orders/command.ts';
import type { Database } from '../../lib/postgres/database.ts';
import { anOrderJson, aRecord } from './records.ts';

export interface LetterParts extends Partial<KafkaRecord> {
  readonly code?: DeadLetterCode;
  readonly message?: string;
  /** Time at which the record becomes a dead letter. */
  readonly at?: number;
}

let nextOffset = 1;

/** Stores a record as a dead letter, at a unique offset by default. Returns the id of the letter. */
export async function keepLetter(db: Database, parts: LetterParts = {}): Promise<string> {
  const { code = 'not_json', message = 'the value is not JSON', at = Date.now(), ...record } = parts;
  const kept = aRecord({ offset: nextOffset, ...record });
  nextOffset += 1;
  const [opened] = await insertDeadLetters(db, [{ code, message, record: kept }], at);
  const { rows } = await db.query<{ id: string }>(
    'SELECT dead_letter_ids[1] AS id FROM outbox WHERE id = $1',
    [opened?.outboxId],
  );
  return rows[0]?.id ?? '';
}

/**
 * Stores a letter of an order with exhausted fulfilment attempts at this version, and the order. The create record was
 * redriven once, so its offset differs from that of the letter, and it has an identity header.
 */
export async function keepExhausted(db: Database, orderId: string, version: number): Promise<string> {
  const value = anOrderJson({ order_id: orderId });
  const id = await keepLetter(db, { key: Buffer.from(orderId), value, code: 'attempts_exhausted' });
  await db.query(
    `INSERT INTO orders VALUES ($1, 'c', 'p', 1, 100, 100, 'FAILED', 'attempts_exhausted: 500', $2, now(), now())`,
    [orderId, version],
  );
  await db.query(
    `INSERT INTO fulfilment_attempts (order_id, attempts, waiting_since, topic, partition, "offset", timestamp_ms, key, value, headers)
     SELECT $1, 10, now(), topic, partition, "offset" + 1000000, timestamp_ms, key, value,
            convert_to(jsonb_build_array(jsonb_build_array('event-id', encode(event_id::text::bytea, 'base64')))::text, 'UTF8')
     FROM dead_letters WHERE id = $2`,
    [orderId, id],
  );
  return id;
}

export async function letterState(db: Database, id: string): Promise<string | undefined> {
  const { rows } = await db.query<{ state: string }>('SELECT state FROM dead_letters WHERE id = $1', [id]);
  return rows[0]?.state;
}
