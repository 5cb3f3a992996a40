import { existsSync } from 'node:fs';
import { runCommand } from '../cli/command.ts';
import { createOutput } from '../cli/output.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { removeContainers } from './kafka/kafka-in-docker.ts';
import { KAFKA } from './kafka/kafka-server.ts';
import { stopOrphan } from './offline.ts';
import { POSTGRES } from './postgres/postgres-server.ts';
import { isRunning } from './process/process-table.ts';
import { assertOwnHome, removeServerHome } from './process/server-home.ts';
import { readServerRecord, recordFile, removeRecord } from './process/state-files.ts';
import { holdState } from './process/state-lock.ts';
import { loadSettings } from './settings.ts';

const help = `npm run reset
  Removes the local orders: the data and logs of Kafka and PostgreSQL in the state directory and, if Kafka ran in
  Docker, the containers and volumes of this project. Fails while a server uses the data, and if Orderly did not
  create kafka/ or postgres/. Kafka's jars remain; to remove them too, delete the state directory (.local).
`;

await runCommand({ help, run: reset });

async function reset(): Promise<number> {
  const settings = loadSettings();
  const { stateDirectory } = settings;
  const output = createOutput(process.stdout);
  if (!existsSync(stateDirectory)) {
    output.print(`Nothing to remove: there is no ${stateDirectory}.`);
    return 0;
  }

  for (const { name } of [KAFKA, POSTGRES]) {
    assertOwnHome(stateDirectory, name); // checks both before it removes anything
  }
  holdState(stateDirectory, 'npm run reset');
  for (const { name, label } of [KAFKA, POSTGRES]) {
    const record = readServerRecord(stateDirectory, name);
    // Without its files, Kafka would still acknowledge records for half a minute and lose them.
    if (record && isRunning(record)) {
      throw new OrderlyError(
        'local_stack',
        `${label} is running (pid ${record.pid}): stop it with "npm run stack -- down", then reset.`,
      );
    }
  }
  await stopOrphan(stateDirectory);
  if (await removeContainers(settings)) {
    output.print("Removed this project's containers and volumes from Docker.");
  }
  // Removes by name, because STATE_DIR may contain other files.
  for (const { name } of [KAFKA, POSTGRES]) {
    removeServerHome(stateDirectory, name);
    if (readServerRecord(stateDirectory, name)) {
      removeRecord(recordFile(stateDirectory, name));
    }
  }
  output.print(`Removed the data of Kafka and PostgreSQL from ${stateDirectory}.`);
  return 0;
}
