import { rmSync } from 'node:fs';
import { postgresUrl } from '../../local/postgres/postgres-password.ts';
import { startPostgres } from '../../local/postgres/postgres-server.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { createTemplateDatabase, queryOnce } from './database.ts';
import { waitForGroups } from './kafka.ts';
import { preparePostgresData } from './prepared-data.ts';
import { startBroker } from './start-broker.ts';
import { createTestState } from './test-state.ts';
import { trustRoles } from './trust-roles.ts';

export interface TestServers extends AsyncDisposable {
  /** host:port */
  readonly brokers: string;
  /** URL of the database `postgres`, with which tests create others. */
  readonly databaseUrl: string;
  /** Kills both and removes their data. */
  kill(): void;
}

/** The broker looks for expired records every five minutes. It would delete those of tests that have a fixed time. */
const keepAllRecords = { 'log.retention.ms': -1 };

/** A fenced broker leads no partition. The two seconds of the local stack are too short for heartbeats on a busy machine. */
const unfenced = { 'broker.session.timeout.ms': 60_000 };

/** Starts Kafka and PostgreSQL on free ports with temporary data. */
export async function startTestServers(): Promise<TestServers> {
  const stateDirectory = createTestState();
  const outcomes = await Promise.allSettled([
    freePort().then((port) =>
      startBroker({ stateDirectory, port, settings: { ...unfenced, ...keepAllRecords } }),
    ),
    preparePostgresData(stateDirectory).then(async () =>
      startPostgres({ stateDirectory, port: await freePort(), startedBy: 'start' }),
    ),
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
  await disableDurability(databaseUrl);
  await createTemplateDatabase(databaseUrl);
  const brokers = `${LOCAL_HOST}:${kafka.port}`;
  await waitForGroups([brokers]);
  return {
    brokers,
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

/**
 * Tests never kill the shared server, so its commits need not wait for the disk. Servers that tests kill keep the
 * defaults.
 */
async function disableDurability(databaseUrl: string): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    await queryOnce(databaseUrl, `ALTER SYSTEM SET ${setting} = off`);
  }
  await queryOnce(databaseUrl, 'SELECT pg_reload_conf()');
}
