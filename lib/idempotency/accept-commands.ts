import type { Principal } from '../auth/principal.ts';
import { OrderlyError } from '../errors/orderly-error.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import { type LogFields, log } from '../observability/logger.ts';
import { offsetRanges } from '../observability/offset-ranges.ts';
import type { AcceptedCommand } from '../orders/accepted-command.ts';
import { deterministicIds, type IdGenerator, randomIds } from '../orders/ids.ts';
import type { Database } from '../postgres/database.ts';
import { fingerprintOf, idempotencyKeyOf, keyReused, type RequestHeaders } from './idempotency-key.ts';
import { type Published, publishCommands } from './publish-commands.ts';
import { claimKey, markProduced } from './sql/idempotency-keys.ts';

export interface AcceptedRequest<Command extends AcceptedCommand> {
  /** What became of each command, in their order. */
  readonly results: readonly Published<Command>[];
  /** The request was here before under its key: the commands are those of the first time. */
  readonly replayed: boolean;
}

/** What the log says about it. */
export function acceptedLogFields({ results, replayed }: AcceptedRequest<AcceptedCommand>): LogFields {
  const [first] = results;
  const failed = results.filter(({ acknowledged }) => !acknowledged).length;
  const places = results.flatMap((result) => (result.acknowledged && result.at ? [result.at] : []));
  return {
    ...(results.length === 1 ? { order_id: first?.command.value.order_id } : { orders: results.length }),
    ...(places.length > 0 && { offsets: offsetRanges(places) }),
    ...(failed > 0 && { failed }),
    ...(replayed && { replayed }),
  };
}

/** What a request asks for: an operation, and everything that decides its commands, as validated. */
export interface IdempotentRequest {
  /** Whose Idempotency-Keys these are: two who use the same key do not know of each other. */
  readonly principal: Pick<Principal, 'id'>;
  readonly operation: string;
  readonly content: unknown;
}

/** How long the key's row may be waited for: a write does not need PostgreSQL. */
const DATABASE_TIMEOUT_MS = 1_000;

/**
 * Makes commands of a request and produces them. With an `Idempotency-Key` the request takes effect once,
 * however often it is sent: its row holds the complete commands before they are produced, and a repeat
 * produces exactly those again unless all were acknowledged. While PostgreSQL is away or refuses there is no row, but
 * ids derive from the key, so that a repeat asks for the same effect once more, which changes nothing.
 * @throws OrderlyError `idempotency_key_reused`, `validation_failed` for a malformed key.
 */
export async function acceptCommands<Command extends AcceptedCommand>(
  { producer, database }: { producer: Producer<TopicValues>; database: Database },
  request: RequestHeaders,
  { principal, operation, content }: IdempotentRequest,
  makeCommands: (identities: IdGenerator) => Command[],
): Promise<AcceptedRequest<Command>> {
  const key = idempotencyKeyOf(request);
  if (key === undefined) {
    const commands = makeCommands(randomIds);
    return { results: await publishCommands(producer, commands), replayed: false };
  }

  const owner = { principal: principal.id, key };
  const fingerprint = fingerprintOf(operation, content);
  const newCommands = makeCommands(deterministicIds(principal.id, key, fingerprint));
  const rows = database.within(DATABASE_TIMEOUT_MS);
  let hasRow = true;
  const stored = await claimKey(rows, owner, fingerprint, newCommands).catch((error) => {
    logDatabaseError('The Idempotency-Key could not be kept; the order ids derive from it', error);
    hasRow = false;
    return undefined;
  });
  if (stored !== undefined && !stored.fingerprint.equals(fingerprint)) {
    throw keyReused();
  }
  const commands = stored?.commands ?? newCommands;
  if (stored?.produced) {
    return { results: commands.map((command) => ({ command, acknowledged: true })), replayed: true };
  }
  const results = await publishCommands(producer, commands);
  if (hasRow && results.every(({ acknowledged }) => acknowledged)) {
    // Unmarked, a repeat produces the same commands again, which changes nothing.
    await markProduced(rows, owner, fingerprint).catch((error) => {
      logDatabaseError('The Idempotency-Key could not be marked; a repeat will be produced again', error);
    });
  }
  return { results, replayed: stored !== undefined };
}

/** Whatever is wrong with PostgreSQL, a write does not need it; only what is not its absence is an error. */
function logDatabaseError(message: string, error: unknown): void {
  const isAway = error instanceof OrderlyError && error.code === 'database_unavailable';
  log(isAway ? 'warn' : 'error', message, { error });
}
