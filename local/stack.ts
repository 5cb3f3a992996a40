import { type OptionValues, runCommand } from '../cli/command.ts';
import { createOutput } from '../cli/output.ts';
import { listenForStop } from '../cli/stop-request.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { findKafkaInDocker, stopKafkaInDocker } from './kafka/kafka-in-docker.ts';
import { type KafkaRuntime, kafkaRuntimes } from './kafka/kafka-runtime.ts';
import { KAFKA } from './kafka/kafka-server.ts';
import { openStack, shownDatabase, stackAddresses } from './local-stack.ts';
import { stopOrphan } from './offline.ts';
import { POSTGRES } from './postgres/postgres-server.ts';
import { createLifecycle } from './process/lifecycle.ts';
import { isRunning } from './process/process-table.ts';
import { attachServer, type ServerKind } from './process/server-process.ts';
import { readServerRecord } from './process/state-files.ts';
import { findStateHolder, holdState } from './process/state-lock.ts';
import { loadSettings, type Settings } from './settings.ts';

const help = `npm run stack -- up|down|status
  up      starts Kafka and PostgreSQL, with topics and tables, and leaves them running; npm start then uses them
  down    stops them
  status  lists the running servers, with their pids, or docker for Kafka in a container

  --kafka jars|docker   with up: how Kafka runs. Default: from its jars if Java 17 and Maven are installed, otherwise
                        from docker-compose.yml

  Settings are environment variables or lines of .env: see .env.example.
`;

await runCommand({ help, takesArguments: true, options: ['kafka'], run: stack });

async function stack([action, ...rest]: readonly string[], { kafka }: OptionValues): Promise<number> {
  const settings = loadSettings();
  if (kafka !== undefined && action === 'up' && rest.length === 0) {
    return up(settings, readKafkaRuntime(kafka, settings));
  }
  const actions: Readonly<Record<string, (settings: Settings) => Promise<number>>> = { up, down, status };
  const act = kafka === undefined && rest.length === 0 && action !== undefined ? actions[action] : undefined;
  if (!act) {
    throw new OrderlyError(
      'local_stack',
      'Use one of: npm run stack -- up, npm run stack -- down, npm run stack -- status.',
    );
  }
  return act(settings);
}

function readKafkaRuntime(wanted: string, { kafkaBrokers }: Settings): KafkaRuntime {
  if (kafkaBrokers) {
    throw new OrderlyError(
      'local_stack',
      'KAFKA_BROKERS names a Kafka that already runs: leave out --kafka, or unset KAFKA_BROKERS.',
    );
  }
  const runtime = kafkaRuntimes.find((known) => known === wanted);
  if (!runtime) {
    throw new OrderlyError('local_stack', `Use --kafka ${kafkaRuntimes.join(' or --kafka ')}.`);
  }
  return runtime;
}

async function up(settings: Settings, kafkaRuntime?: KafkaRuntime): Promise<number> {
  const output = createOutput(process.stdout);
  const lifecycle = createLifecycle();
  holdState(settings.stateDirectory, 'npm run stack -- up');
  const { signal } = listenForStop(() => {
    lifecycle.kill();
    process.exit(130);
  });

  try {
    await openStack({ settings, startedBy: 'stack', kafkaRuntime, output, lifecycle, signal });
  } catch (error) {
    await lifecycle.stop();
    if (signal.aborted) {
      return 130;
    }
    throw error;
  }
  const { brokers } = stackAddresses(settings);
  output.print(
    `\n  Kafka       ${brokers.join(',')}\n  PostgreSQL  ${shownDatabase(settings)}\n\n  Stop them with "npm run stack -- down".`,
  );
  return 0;
}

async function down(settings: Settings): Promise<number> {
  const output = createOutput(process.stdout);
  holdState(settings.stateDirectory, 'npm run stack -- down');
  await stopOrphan(settings.stateDirectory);
  await Promise.all([stopKafka(settings, output.step), stopServer(POSTGRES, settings, output.step)]);
  return 0;
}

async function stopKafka(settings: Settings, say: (line: string) => void): Promise<void> {
  if (await findKafkaInDocker(settings)) {
    await stopKafkaInDocker(settings);
    say('Kafka has stopped (Docker)');
    return;
  }
  await stopServer(KAFKA, settings, say);
}

async function stopServer(kind: ServerKind, settings: Settings, say: (line: string) => void): Promise<void> {
  const record = readServerRecord(settings.stateDirectory, kind.name);
  if (!record || !isRunning(record)) {
    say(`${kind.label} does not run`);
    return;
  }
  await attachServer(kind, settings.stateDirectory, record).stop();
  say(`${kind.label} has stopped (pid ${record.pid})`);
}

async function status(settings: Settings): Promise<number> {
  const { kafkaBrokers, databaseUrl } = settings;
  const rows = [
    ['server', 'state', 'pid', 'port', 'since'],
    kafkaBrokers ? [KAFKA.label, `elsewhere: ${kafkaBrokers.join(',')}`] : await kafkaRow(settings),
    databaseUrl ? [POSTGRES.label, `elsewhere: ${new URL(databaseUrl).host}`] : statusRow(POSTGRES, settings),
  ];
  const widths = [12, 10, 9, 7, 0];
  const output = createOutput(process.stdout);
  for (const row of rows) {
    output.print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('')
        .trimEnd(),
    );
  }
  const holder = findStateHolder(settings.stateDirectory);
  if (holder) {
    output.print(`"${holder.command}" is running (pid ${holder.pid}).`);
  }
  return 0;
}

async function kafkaRow(settings: Settings): Promise<string[]> {
  const container = await findKafkaInDocker(settings);
  return container
    ? [KAFKA.label, 'running', 'docker', `${container.port}`, container.since]
    : statusRow(KAFKA, settings);
}

function statusRow({ name, label }: ServerKind, settings: Settings): string[] {
  const record = readServerRecord(settings.stateDirectory, name);
  return record && isRunning(record)
    ? [label, 'running', `${record.pid}`, `${record.port}`, record.since]
    : [label, 'stopped'];
}
