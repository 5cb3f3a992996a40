import type { AcceptedCommand } from '../../orders/accepted-command.ts';
import type { Queryable } from '../../postgres/database.ts';

/** The identity of a key. Two principals may use the same key. */
export interface KeyOwner {
  readonly principal: string;
  readonly key: string;
}

/** A stored request with its complete commands. */
export interface StoredRequest<Command extends AcceptedCommand = AcceptedCommand> {
  /** SHA-256 of the request's content. */
  readonly fingerprint: Buffer;
  readonly commands: readonly Command[];
  /** Kafka has acknowledged every command. */
  readonly produced: boolean;
}

const insert = `
  INSERT INTO idempotency_keys AS stored (principal, key, fingerprint, commands)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (principal, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, commands = excluded.commands, created_at = now(), produced_at = NULL
    WHERE stored.created_at < now() - interval '24 hours'
  RETURNING 1`;

const select = `
  SELECT fingerprint, commands, produced_at IS NOT NULL AS produced
  FROM idempotency_keys WHERE principal = $1 AND key = $2`;

/**
 * Stores a request under its key for 24 hours. If the key is already used, returns the stored request and changes
 * nothing. If two requests are concurrent, one is stored, and both calls return consistent results.
 */
export async function claimKey<Command extends AcceptedCommand>(
  db: Queryable,
  { principal, key }: KeyOwner,
  fingerprint: Buffer,
  commands: readonly Command[],
): Promise<StoredRequest<Command> | undefined> {
  const inserted = await db.query(insert, [principal, key, fingerprint, JSON.stringify(commands)]);
  if (inserted.rowCount === 1) {
    return undefined;
  }
  const { rows } = await db.query<StoredRequest<Command>>(select, [principal, key]);
  // The row was deleted between the two statements: the key is free.
  return rows[0] ?? claimKey(db, { principal, key }, fingerprint, commands);
}

const mark = `
  UPDATE idempotency_keys SET produced_at = now()
  WHERE principal = $1 AND key = $2 AND fingerprint = $3 AND produced_at IS NULL`;

/** Records that Kafka has acknowledged every command of the request. */
export async function markProduced(
  db: Queryable,
  { principal, key }: KeyOwner,
  fingerprint: Buffer,
): Promise<void> {
  await db.query(mark, [principal, key, fingerprint]);
}
