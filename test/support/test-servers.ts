import { rmSync } from 'node:fs';
import { startKafka } from '../../local/kafka/kafka-server.ts';
import { postgresUrl } from '../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../local/postgres/postgres-server.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { createTestState, kafkaDistribution } from './test-state.ts';
import { trustRoles } from './trust-roles.ts';

export interface TestServers extends AsyncDisposable {
  /** host:port */
  readonly brokers: string;
  /** A connection to the database `postgres`, from which others are made. */
  readonly databaseUrl: string;
  /** Ends both at once and removes their data. */
  kill(): void;
}

/** Kafka and PostgreSQL on free ports, beside whatever else runs, with data that goes with them. */
export async function startTestServers(): Promise<TestServers> {
  const stateDirectory = createTestState();
  const startedBy = 'start';
  const outcomes = await Promise.allSettled([
    kafkaDistribution().then(async (distribution) =>
      startKafka({ stateDirectory, distribution, port: await freePort(), startedBy }),
    ),
    freePort().then((port) => startPostgres({ stateDirectory, port, startedBy })),
  ]);
  const [kafka, postgres] = outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : undefined,
  );
  const remove = (): void => rmSync(stateDirectory, { recursive: true, force: true });
  if (!kafka || !postgres) {
    await Promise.all([kafka?.stop(), postgres?.stop()]);
    remove();
    throw outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
  }
  const databaseUrl = postgresUrl(stateDirectory, postgres.port, 'postgres');
  await trustRoles(stateDirectory, databaseUrl);
  return {
    brokers: `${LOCAL_HOST}:${kafka.port}`,
    databaseUrl,
    kill: () => {
      kafka.kill();
      postgres.kill();
      remove();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([kafka.stop(), postgres.stop()]);
      remove();
    },
  };
}
