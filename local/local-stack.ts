import type { Output } from '../cli/output.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { topics } from '../lib/kafka/topics/topics.ts';
import { ensureDatabase } from '../lib/postgres/ensure-database.ts';
import { migrate } from '../lib/postgres/migrate.ts';
import { ensureSchemas } from './ensure-schemas.ts';
import { ensureTopics } from './kafka/ensure-topics.ts';
import { ensureClassArchive } from './kafka/kafka-class-archive.ts';
import { ensureKafkaDistribution } from './kafka/kafka-distribution.ts';
import { openKafkaInDocker } from './kafka/kafka-in-docker.ts';
import { chooseKafkaRuntime, type KafkaRuntime } from './kafka/kafka-runtime.ts';
import { answersMetadata, KAFKA, startKafka } from './kafka/kafka-server.ts';
import { passwordFile, postgresUrl } from './postgres/postgres-password.ts';
import { acceptsConnection, POSTGRES, startPostgres } from './postgres/postgres-server.ts';
import { type Lifecycle, type Running, together } from './process/lifecycle.ts';
import { openServer } from './process/open-server.ts';
import { LOCAL_HOST } from './process/ports.ts';
import type { StartedBy } from './process/state-files.ts';
import type { Settings } from './settings.ts';

const DATABASE = 'orderly';

export interface StackAddresses {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

export interface StackOptions {
  readonly settings: Settings;
  readonly startedBy: StartedBy;
  /** The value of `--kafka`. */
  readonly kafkaRuntime?: KafkaRuntime | undefined;
  readonly output: Output;
  /** Receives each server that must end with this process, as soon as it runs. */
  readonly lifecycle: Lifecycle;
  readonly signal: AbortSignal;
}

/** Returns the addresses of the servers for these settings. */
export function stackAddresses(settings: Settings): StackAddresses {
  return {
    brokers: settings.kafkaBrokers ?? [`${LOCAL_HOST}:${settings.kafkaPort}`],
    databaseUrl:
      settings.databaseUrl ?? postgresUrl(settings.stateDirectory, settings.postgresPort, DATABASE),
  };
}

/** Quotes a text as one word of a shell command. */
const forShell = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Returns the command or URL of the database for display, without the password. */
export function shownDatabase(settings: Settings): string {
  const url = new URL(stackAddresses(settings).databaseUrl);
  if (settings.databaseUrl !== undefined) {
    url.password = url.password && '***';
    return url.toString();
  }
  url.password = '';
  return `PGPASSFILE=${forShell(passwordFile(settings.stateDirectory))} psql ${url}`;
}

/**
 * Starts Kafka with its topics and PostgreSQL with its tables, in parallel. A server that the settings place elsewhere is not
 * started; only its topics or tables are created. If one side fails, the other is aborted. `lifecycle` has the servers that
 * run. Registers the schemas if there is a registry.
 */
export async function openStack(options: StackOptions): Promise<void> {
  const servers: Running[] = [];
  options.lifecycle.add(together(servers));
  const failed = new AbortController();
  const side: Side = {
    ...options,
    signal: AbortSignal.any([options.signal, failed.signal]),
    own: (running) => servers.push(running),
  };
  const abortOther = (error: unknown): never => {
    failed.abort(error);
    throw error;
  };
  await Promise.allSettled([openKafka(side).catch(abortOther), openPostgres(side).catch(abortOther)]);
  options.signal.throwIfAborted();
  failed.signal.throwIfAborted();
  const { settings, output } = options;
  if (settings.schemaRegistryUrl !== undefined) {
    await ensureSchemas(settings.schemaRegistryUrl, output);
  }
}

interface Side extends StackOptions {
  readonly own: (running: Running) => void;
}

async function openKafka(side: Side): Promise<void> {
  const { settings, output, signal } = side;
  if (!settings.kafkaBrokers) {
    const runtime = await chooseKafkaRuntime({ settings, wanted: side.kafkaRuntime, signal });
    await (runtime === 'docker' ? openKafkaInDocker(side, side.own) : openKafkaFromJars(side));
  }
  const { created, changed, warnings } = await ensureTopics(stackAddresses(settings).brokers, topics, {
    isOurs: settings.kafkaBrokers === undefined,
    signal,
  });
  if (created.length > 0) {
    output.step(`Created the topics: ${created.join(', ')}`);
  }
  if (changed.length > 0) {
    output.step(`Changed the topics: ${changed.join('; ')}`);
  }
  for (const warning of warnings) {
    output.warn(warning);
  }
}

async function openKafkaFromJars({ settings, output, signal, startedBy, own }: Side): Promise<void> {
  const { stateDirectory, kafkaPort } = settings;
  const progress = output.step;
  const start = async (by: StartedBy, until: AbortSignal) => {
    const distribution = await ensureKafkaDistribution({ stateDirectory, progress, signal: until });
    await ensureClassArchive(distribution, { progress, signal: until });
    return startKafka({ stateDirectory, distribution, port: kafkaPort, startedBy: by, signal: until });
  };
  const port = { port: kafkaPort, portVariable: 'KAFKA_PORT', answers: answersMetadata };
  await openServer({ kind: KAFKA, stateDirectory, ...port, startedBy, start, output, signal }, own);
}

async function openPostgres({ settings, output, signal, startedBy, own }: Side): Promise<void> {
  const { stateDirectory } = settings;
  if (!settings.databaseUrl) {
    const start = (by: StartedBy, until: AbortSignal) =>
      startPostgres({ stateDirectory, port: settings.postgresPort, startedBy: by, signal: until });
    const answers = (port: number) => acceptsConnection(postgresUrl(stateDirectory, port, 'postgres'));
    const port = { port: settings.postgresPort, portVariable: 'POSTGRES_PORT', answers };
    await openServer({ kind: POSTGRES, stateDirectory, ...port, startedBy, start, output, signal }, own);
    await ensureDatabase({ connectionString: stackAddresses(settings).databaseUrl });
  }
  const { databaseUrl } = stackAddresses(settings);
  const { applied } = await migrate(databaseUrl).catch((error) => explainMigration(error, databaseUrl));
  if (applied.length > 0) {
    output.step(`Migrated the database: ${applied.join(', ')}`);
  }
}

function explainMigration(error: unknown, databaseUrl: string): never {
  if (error instanceof OrderlyError) {
    throw error;
  }
  const why = Error.isError(error) ? error.message || error.name : String(error);
  throw new OrderlyError(
    'local_stack',
    `The database at ${new URL(databaseUrl).host} cannot be used (${why}): check that it runs, and DATABASE_URL.`,
    {
      cause: error,
    },
  );
}
