import * as z from 'zod';
import type { Output } from '../../cli/output.ts';
import type { TopicReport } from '../../lib/kafka/topics/create-topics.ts';
import type { MigrationResult } from '../../lib/postgres/migrate.ts';
import type { RegisteredSubjects } from '../../lib/schema-registry/register-schemas.ts';

const migrationsReport: z.ZodType<MigrationResult> = z.object({
  applied: z.array(z.string()),
  version: z.string(),
});

/** Prints the result of `migrate`. */
export function reportMigrations(output: Output, result: unknown): void {
  const { applied, version } = migrationsReport.parse(result);
  output.step(
    applied.length > 0
      ? `Applied ${applied.join(', ')}`
      : `Nothing to migrate: the database is at ${version}`,
  );
}

/** The parts of the report that are printed. */
interface PrintedReport extends Pick<TopicReport, 'created' | 'warnings'> {
  readonly topics: readonly Pick<TopicReport['topics'][number], 'topic' | 'partitions' | 'replication'>[];
}

const topicsReport: z.ZodType<PrintedReport> = z.object({
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

const schemasReport: z.ZodType<RegisteredSubjects> = z.object({ subjects: z.array(z.string()) });

/** Prints the result of `registerSchemas`; undefined if the stage has no registry. */
export function reportSchemas(output: Output, result: unknown): void {
  output.step(
    result === undefined
      ? 'Nothing to register: the stage has no schemaRegistryUrl'
      : `Registered ${schemasReport.parse(result).subjects.join(', ')}`,
  );
}
