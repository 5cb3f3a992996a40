import { OrderlyError } from '../lib/errors.ts';
import { runCommand } from './command.ts';
import { KAFKA } from './kafka-server.ts';
import { createLifecycle } from './lifecycle.ts';
import { openStack, stackAddresses, withoutPassword } from './local-stack.ts';
import { endLeftOffline } from './offline.ts';
import { createOutput } from './output.ts';
import { POSTGRES } from './postgres-server.ts';
import { isRunning } from './process-table.ts';
import { attachServer, type ServerKind } from './server-process.ts';
import { loadSettings, type Settings } from './settings.ts';
import { readServerRecord } from './state-files.ts';
import { findStateHolder, holdState } from './state-lock.ts';
import { listenForStop } from './stop-request.ts';

const help = `npm run stack -- up|down|status
  up      starts Kafka and PostgreSQL, with topics and tables, and leaves them running; npm start then uses them
  down    stops them
  status  shows what runs

  Settings are environment variables, or lines of .env: see .env.example.
`;

const KINDS = [KAFKA, POSTGRES];

await runCommand({ help, run: stack });

async function stack([action, ...rest]: readonly string[]): Promise<number> {
  const settings = loadSettings();
  const actions: Readonly<Record<string, (settings: Settings) => Promise<number>>> = { up, down, status };
  const act = rest.length === 0 && action !== undefined ? actions[action] : undefined;
  if (!act) {
    throw new OrderlyError(
      'local_stack',
      'Say one of: npm run stack -- up, npm run stack -- down, npm run stack -- status.',
    );
  }
  return act(settings);
}

async function up(settings: Settings): Promise<number> {
  const output = createOutput(process.stdout);
  const lifecycle = createLifecycle();
  holdState(settings.stateDirectory, 'npm run stack -- up');
  const { signal } = listenForStop(() => {
    lifecycle.kill();
    process.exit(130);
  });

  try {
    await openStack({ settings, startedBy: 'stack', output, lifecycle, signal });
  } catch (error) {
    await lifecycle.stop();
    if (signal.aborted) {
      return 130;
    }
    throw error;
  }
  const { brokers, databaseUrl } = stackAddresses(settings);
  output.print(
    `\n  Kafka       ${brokers.join(',')}\n  PostgreSQL  ${withoutPassword(databaseUrl)}\n\n  Stop them with "npm run stack -- down".`,
  );
  return 0;
}

async function down(settings: Settings): Promise<number> {
  const output = createOutput(process.stdout);
  holdState(settings.stateDirectory, 'npm run stack -- down');
  await endLeftOffline(settings.stateDirectory);
  await Promise.all(KINDS.map((kind) => stopServer(kind, settings, output.step)));
  return 0;
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
  const rows = [
    ['server', 'state', 'pid', 'port', 'since'],
    statusRow(KAFKA, settings, settings.kafkaBrokers && `elsewhere: ${settings.kafkaBrokers.join(',')}`),
    statusRow(POSTGRES, settings, settings.databaseUrl && `elsewhere: ${new URL(settings.databaseUrl).host}`),
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

function statusRow({ name, label }: ServerKind, settings: Settings, elsewhere: string | undefined): string[] {
  const record = readServerRecord(settings.stateDirectory, name);
  if (elsewhere) {
    return [label, elsewhere];
  }
  return record && isRunning(record)
    ? [label, 'running', `${record.pid}`, `${record.port}`, record.since]
    : [label, 'stopped'];
}
