import { usageError } from '../../cli/command.ts';
import type { DeadLetterSelection } from '../../lib/dead-letters/dead-letter.ts';
import { selectionConditions } from '../../lib/dead-letters/sql/dead-letter-conditions.ts';
import type { Database } from '../../lib/postgres/database.ts';
import type { Settings } from '../../local/settings.ts';

/**
 * A letter that is sent to another stage is lost: it counts as redriven in its own stage. So a missing setting means
 * neither the local stack nor prod, whose topics have no prefix.
 */

/**
 * Rejects settings that combine a remote server with a default one. @throws OrderlyError that names the missing setting
 */
export function assertOneStage({ kafkaBrokers, databaseUrl }: Settings): void {
  if (databaseUrl === undefined && kafkaBrokers?.some(isElsewhere)) {
    throw usageError(
      'KAFKA_BROKERS names a remote Kafka: set DATABASE_URL to the database of the same stage.',
    );
  }
  if (kafkaBrokers === undefined && databaseUrl !== undefined && isElsewhere(new URL(databaseUrl).host)) {
    throw usageError(
      'DATABASE_URL names a remote database: set KAFKA_BROKERS to the brokers of the same stage.',
    );
  }
}

const isElsewhere = (address: string): boolean => !/^(127\.|localhost(:|$)|\[::1\])/.test(address);

/**
 * Checks that the selected letters, and the letters of the same keys, come from this topic. The topic names the stage,
 * so a missing or wrong prefix is detected.
 * @throws OrderlyError that names a letter of another topic
 */
export async function assertOfTopic(
  database: Database,
  choice: DeadLetterSelection,
  topic: string,
): Promise<void> {
  const values: unknown[] = [];
  const bind = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [...selectionConditions(choice, bind), `letter.topic <> ${bind(topic)}`];
  const { rows } = await database.query<{ id: string; topic: string }>(
    `SELECT id, topic FROM dead_letters AS letter WHERE ${conditions.join(' AND ')} ORDER BY id LIMIT 1`,
    values,
  );
  const [foreign] = rows;
  if (foreign !== undefined) {
    throw usageError(
      `Letter ${foreign.id} was on the topic ${foreign.topic}, and would be sent to ${topic}: set KAFKA_PREFIX to the prefix of its stage, or select other letters with --topic ${topic}.`,
    );
  }
}
