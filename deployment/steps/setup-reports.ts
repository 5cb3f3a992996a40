import * as z from 'zod';
import type { Output } from '../../cli/output.ts';

const migrationsReport = z.object({ applied: z.array(z.string()), version: z.string() });

/** Says what `migrate` answered. */
export function reportMigrations(output: Output, answer: unknown): void {
  const { applied, version } = migrationsReport.parse(answer);
  output.step(
    applied.length > 0
      ? `Applied ${applied.join(', ')}`
      : `Nothing to migrate: the database is at ${version}`,
  );
}

const topicsReport = z.object({
  created: z.array(z.string()),
  topics: z.array(z.object({ topic: z.string(), partitions: z.number(), replication: z.number() })),
  warnings: z.array(z.string()),
});

/** Says what `createTopics` answered. */
export function reportTopics(output: Output, answer: unknown): void {
  const { created, topics, warnings } = topicsReport.parse(answer);
  for (const { topic, partitions, replication } of topics) {
    const how = created.includes(topic) ? 'created' : 'is there';
    output.step(`Topic ${topic} ${how}: ${partitions} partitions, replication ${replication}`);
  }
  for (const warning of warnings) {
    output.warn(warning);
  }
}
