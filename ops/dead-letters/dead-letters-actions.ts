import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { createOutput, type Output } from '../../cli/output.ts';
import type { Config } from '../../lib/config/config.ts';
import type { DeadLetterSelection, SkippedLetter, SkipReason } from '../../lib/dead-letters/dead-letter.ts';
import { discardDeadLetters } from '../../lib/dead-letters/discard-dead-letters.ts';
import { redriveDeadLetters } from '../../lib/dead-letters/redrive-dead-letters.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { orderProcessing, type TopicValues } from '../../lib/kafka/topics/topics.ts';
import { type PublishedRedrive, publishRedriven } from '../../lib/outbox/publish-redriven.ts';
import type { Database } from '../../lib/postgres/database.ts';
import { kafkaSecurity } from '../../lib/runtime/connections.ts';
import { systemClock } from '../../lib/time/clock.ts';
import type { DeadLettersCommand } from './dead-letters-options.ts';
import { assertOfTopic } from './redrive-stage.ts';

/** Redrives letters round by round. Publishes the letters of each round at once if Kafka is available. */
export async function redrive(
  database: Database,
  config: Config,
  { choice }: DeadLettersCommand & { name: 'redrive' },
): Promise<number> {
  await assertOfTopic(database, choice, config.kafkaPrefix + orderProcessing.topic);
  const output = createOutput(process.stdout);
  await using producer = createProducer<TopicValues>({
    brokers: config.kafkaBrokers,
    clientId: 'orderly-dead-letters',
    security: kafkaSecurity(config),
    topicPrefix: config.kafkaPrefix,
  });
  const skipped: SkippedLetter[] = [];
  const rejected: PublishedRedrive['rejected'][number][] = [];
  let redriven = 0;
  let left = 0;
  for (let round: DeadLetterSelection | undefined = choice; round !== undefined; ) {
    const done = await redriveDeadLetters(database, round, actor(), systemClock);
    const sent = await publishRedriven(database, producer, done.outboxIds, systemClock);
    if (round === choice || done.redriven.length > 0) {
      output.print(redrivenLine(done.redriven, done.addedByKey));
    }
    redriven += done.redriven.length;
    skipped.push(...done.skipped);
    rejected.push(...sent.rejected);
    left += sent.left;
    round = done.next;
  }

  if (redriven > 0 && left === 0 && rejected.length === 0) {
    output.print('Kafka has acknowledged all of them.');
  }
  if (left > 0) {
    output.print(
      'Kafka has not acknowledged all of them: the relay publishes the rest within a minute after Kafka is available.',
    );
  }
  for (const { error } of rejected) {
    output.warn(`Kafka rejects a letter: it is open again, with the letters of the same key: ${error}`);
  }
  warnOfSkipped(output, skipped);
  return skipped.length + rejected.length === 0 ? 0 : 1;
}

/** Discards letters round by round. Asks for confirmation if a filter selects them. */
export async function discard(
  database: Database,
  { choice, reason, skipQuestion }: DeadLettersCommand & { name: 'discard' },
): Promise<number> {
  if (!skipQuestion && !(await confirmed())) {
    throw new OrderlyError('local_stack', 'Nothing was discarded.');
  }
  const output = createOutput(process.stdout);
  const skipped: SkippedLetter[] = [];
  for (let round: DeadLetterSelection | undefined = choice; round !== undefined; ) {
    const done = await discardDeadLetters(database, round, { actor: actor(), reason }, systemClock);
    if (round === choice || done.discarded.length > 0) {
      output.print(countLine('Discarded', done.discarded));
    }
    skipped.push(...done.skipped);
    round = done.next;
  }
  warnOfSkipped(output, skipped);
  return skipped.length === 0 ? 0 : 1;
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new OrderlyError('local_stack', 'Without a terminal, discarding by a filter needs --yes.');
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question('Discard all matching open letters? They are never sent again. [y/N] ');
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Returns the actor for the audit log. */
function actor(): string {
  try {
    return `cli:${userInfo().username}`;
  } catch {
    return `cli:uid ${process.getuid?.()}`; // a container's user may have no entry in /etc/passwd
  }
}

function redrivenLine(ids: readonly string[], sameKey: readonly string[]): string {
  const along = sameKey.length === 0 ? '' : `; with the same key: ${listed(sameKey)}`;
  return `${countLine('Redrove', ids)}${along}`;
}

function countLine(did: string, ids: readonly string[]): string {
  return ids.length === 0
    ? `${did} nothing: no open letter matches`
    : `${did} ${ids.length} ${ids.length === 1 ? 'letter' : 'letters'}: ${listed(ids)}`;
}

const MAX_LISTED = 10;

const listed = (ids: readonly string[]): string =>
  ids.slice(0, MAX_LISTED).join(', ') + (ids.length > MAX_LISTED ? ', …' : '');

const reasons: Readonly<Record<SkipReason, string>> = {
  not_found: 'there is no such letter',
  redriven: 'it is already redriven; it opens again if its record is rejected again',
  discarded: 'it is already discarded',
  order_not_exhausted: 'its order is no longer FAILED with exhausted attempts: discard the letter',
};

function warnOfSkipped(output: Output, skipped: readonly SkippedLetter[]): void {
  for (const { id, reason } of skipped) {
    output.warn(`Letter ${id} stays unchanged: ${reasons[reason]}`);
  }
}
