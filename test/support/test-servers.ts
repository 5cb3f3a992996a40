import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureClassArchive } from '../../local/kafka-class-archive.ts';
import { ensureKafkaDistribution } from '../../local/kafka-distribution.ts';
import { KAFKA, startKafka } from '../../local/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../local/ports.ts';
import { POSTGRES, postgresUrl, startPostgres } from '../../local/postgres-server.ts';
import { attachServer, type Server } from '../../local/server-process.ts';
import { readServerRecord } from '../../local/state-files.ts';
import { findLockHolder, takeLock } from '../../local/state-lock.ts';

/** Kafka's jars are the project's own, resolved once. */
const PROJECT_STATE = join(import.meta.dirname, '../../.local');
const PREFIX = 'orderly-test-';

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
  removeAbandonedServers();
  const stateDirectory = mkdtempSync(join(tmpdir(), PREFIX));
  takeLock(lockOf(stateDirectory), 'tests');
  const outcomes = await Promise.allSettled([
    startOwnKafka(stateDirectory),
    startOwnPostgres(stateDirectory),
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
  return {
    brokers: `${LOCAL_HOST}:${kafka.port}`,
    databaseUrl: postgresUrl(postgres.port, 'postgres'),
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

async function startOwnKafka(stateDirectory: string): Promise<Server> {
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const distribution = await ensureKafkaDistribution({ stateDirectory: PROJECT_STATE, progress });
  await ensureClassArchive(distribution, { progress });
  return startKafka({ stateDirectory, distribution, port: await freePort(), startedBy: 'start' });
}

async function startOwnPostgres(stateDirectory: string): Promise<Server> {
  return startPostgres({ stateDirectory, port: await freePort(), startedBy: 'start' });
}

const lockOf = (stateDirectory: string): string => join(stateDirectory, 'lock');

/** A test run that was killed left its servers behind. */
function removeAbandonedServers(): void {
  const directories = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  for (const directory of directories.map((name) => join(tmpdir(), name))) {
    if (findLockHolder(lockOf(directory))) {
      continue;
    }
    for (const kind of [KAFKA, POSTGRES]) {
      const record = readServerRecord(directory, kind.name);
      if (record) {
        attachServer(kind, directory, record).kill();
      }
    }
    rmSync(directory, { recursive: true, force: true });
  }
}
