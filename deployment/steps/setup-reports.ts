import * as z from 'zod';
import type { Output } from '../../cli/output.ts';

const migrationsReport = z.object({ applied: z.array(z.string()), version: z.string() });

/** Prints the result of `migrate`. */
export function reportMigrations(output: Output, result: unknown): void {
  const { applied, version } = migrationsReport.parse(result);
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

/** Prints the result of `createTopics`. */
export function reportTopics(output: Output, result: unknown): void {
  const { created, topics, warnings } = topicsReport.parse(result);
  for (const { topic, partitions, replication } of topics) {
    const how = created.includes(topic) ? 'created' : 'exists';
    output.step(`Topic ${topic} ${how}: ${partitions} partitions, replication ${replication}`);
  }
  for (const warning of warnings) {
    output.warn(warning);
  }
}
