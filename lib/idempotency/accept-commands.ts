import type { Principal } from '../auth/principal.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { LogFields } from '../observability/logs/logger.ts';
import { offsetRanges } from '../observability/logs/offset-ranges.ts';
import { report } from '../observability/observe.ts';
import type { AcceptedCommand } from '../orders/accepted-command.ts';
import { deterministicIds, type IdGenerator, randomIds } from '../orders/ids.ts';
import type { Database } from '../postgres/database.ts';
import { fingerprintOf, idempotencyKeyOf, keyReused, type RequestHeaders } from './idempotency-key.ts';
import { type PublishedCommand, publishCommands } from './publish-commands.ts';
import { claimKey, markProduced } from './sql/idempotency-keys.ts';

export interface AcceptedRequest<Command extends AcceptedCommand> {
  /** The result of each command, in the order of the commands. */
  readonly results: readonly PublishedCommand<Command>[];
  /** True if the key was used before. If so, the commands are those of the first request. */
  readonly replayed: boolean;
}

/** Returns the log fields of an accepted request. */
export function acceptedLogFields({ results, replayed }: AcceptedRequest<AcceptedCommand>): LogFields {
  const [first] = results;
  const failed = results.filter(({ acknowledged }) => !acknowledged).length;
  const positions = results.flatMap((result) => (result.acknowledged && result.at ? [result.at] : []));
  return {
    ...(results.length === 1 ? { order_id: first?.command.value.order_id } : { orders: results.length }),
    ...(positions.length > 0 && { offsets: offsetRanges(positions) }),
    ...(failed > 0 && { failed }),
    ...(replayed && { replayed }),
  };
}

/** The validated content of a request and its operation. Both decide its commands. */
export interface IdempotentRequest {
  /** The owner of the Idempotency-Key. Two principals may use the same key independently. */
  readonly principal: Pick<Principal, 'id'>;
  readonly operation: string;
  readonly content: unknown;
}

/** The time limit for the row of the key. A write does not need PostgreSQL. */
const DATABASE_TIMEOUT_MS = 1_000;

/**
 * Makes the commands of a request and produces them. With an `Idempotency-Key`, a repeated request takes effect
 * once: the commands are stored before they are produced, and a repeat produces the same commands again unless all
 * were acknowledged. If PostgreSQL is unavailable, nothing is stored. The ids then derive from the key, so that a
 * repeat changes nothing.
 * @throws OrderlyError `idempotency_key_reused`, or `validation_failed` for a malformed key.
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
    report('idempotency_key.unstored', { step: 'claim', error });
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
    // If this fails, a repeat produces the same commands again, which changes nothing.
    await markProduced(rows, owner, fingerprint).catch((error) =>
      report('idempotency_key.unstored', { step: 'mark', error }),
    );
  }
  return { results, replayed: stored !== undefined };
}
