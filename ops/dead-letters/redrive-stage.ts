import type { DeadLetterChoice } from '../../lib/dead-letters/dead-letter-choice.ts';
import { choiceConditions } from '../../lib/dead-letters/sql/dead-letter-conditions.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Database } from '../../lib/postgres/database.ts';
import type { Settings } from '../../local/settings.ts';

/**
 * A letter that is sent to another stage is lost: it counts as redriven in its own, and there nobody waits for it. So
 * what is not said is not taken to mean the local stack, nor prod, whose topics have no prefix.
 */

/** Whether a server elsewhere is joined with one that nobody named. @throws OrderlyError that says what to name */
export function assertOneStage({ kafkaBrokers, databaseUrl }: Settings): void {
  if (databaseUrl === undefined && kafkaBrokers?.some(isElsewhere)) {
    throw refusal('KAFKA_BROKERS is elsewhere: set DATABASE_URL too, to the database of the same stage.');
  }
  if (kafkaBrokers === undefined && databaseUrl !== undefined && isElsewhere(new URL(databaseUrl).host)) {
    throw refusal('DATABASE_URL is elsewhere: set KAFKA_BROKERS too, to the brokers of the same stage.');
  }
}

const isElsewhere = (address: string): boolean => !/^(127\.|localhost(:|$)|\[::1\])/.test(address);

/**
 * Whether the letters of a choice were on this topic, and with them the others of their keys. They say themselves of which
 * stage they are, so neither a prefix that is forgotten nor a wrong one passes.
 * @throws OrderlyError that names one of another
 */
export async function assertOfTopic(
  database: Database,
  choice: DeadLetterChoice,
  topic: string,
): Promise<void> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [...choiceConditions(choice, bind), `letter.topic <> ${bind(topic)}`];
  const { rows } = await database.query<{ id: string; topic: string }>(
    `SELECT id, topic FROM dead_letters AS letter WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT 1`,
    values,
  );
  const [foreign] = rows;
  if (foreign !== undefined) {
    throw refusal(
      `Letter ${foreign.id} was on the topic ${foreign.topic}, and would be sent to ${topic}: set KAFKA_PREFIX to what the topics of its stage begin with, or choose others with --topic ${topic}.`,
    );
  }
}

const refusal = (message: string): OrderlyError => new OrderlyError('local_stack', message);
