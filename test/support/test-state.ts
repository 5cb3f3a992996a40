import { mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { pollUntil } from '../../cli/poll-until.ts';
import { ensureClassArchive } from '../../local/kafka/kafka-class-archive.ts';
import { ensureKafkaDistribution, type KafkaDistribution } from '../../local/kafka/kafka-distribution.ts';
import { isRunning, type ProcessIdentity, sendSignal } from '../../local/process/process-table.ts';
import { readRecord } from '../../local/process/state-files.ts';
import { acquireLock, findLockHolder } from '../../local/process/state-lock.ts';

/** Contains Kafka's jars, which Maven resolves once. */
export const PROJECT_STATE = join(import.meta.dirname, '../../.local');
const PREFIX = 'orderly-test-';
const RECORDS = { start: 'lock', offline: 'offline.json', kafka: 'kafka.json', postgres: 'postgres.json' };

/** The record of a server that only tests start. */
export const apicurioRecord = (stateDirectory: string): string => join(stateDirectory, 'apicurio.json');

const identity = z.object({ pid: z.int().positive(), startTime: z.string() });

export type RecordedProcess = keyof typeof RECORDS;

/**
 * Creates a state directory for one test file. Also removes directories and kills processes that killed test runs left.
 */
export function createTestState(): string {
  const abandoned = readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => join(tmpdir(), name))
    .filter((directory) => isOldAndOurs(directory) && !findLockHolder(ownerFile(directory)));
  for (const directory of abandoned) {
    killRecorded(directory);
    rmSync(directory, { recursive: true, force: true });
  }
  const created = mkdtempSync(join(tmpdir(), PREFIX));
  acquireLock(ownerFile(created), 'tests');
  return created;
}

/** A new directory has no owner file yet. Directories of other users, and those that a test has just removed, are skipped. */
function isOldAndOurs(directory: string): boolean {
  const found = statSync(directory, { throwIfNoEntry: false });
  return found !== undefined && found.uid === process.getuid?.() && Date.now() - found.birthtimeMs > 60_000;
}

const ownerFile = (directory: string): string => join(directory, 'test-owner');

/** Returns Kafka's jars. Resolves them into the project's state directory if they are missing. */
export async function kafkaDistribution(): Promise<KafkaDistribution> {
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const distribution = await ensureKafkaDistribution({ stateDirectory: PROJECT_STATE, progress });
  await ensureClassArchive(distribution, { progress });
  return distribution;
}

/** Links the jars into a state directory, so that a start there need not resolve them. */
export function linkDistribution(stateDirectory: string, { directory }: KafkaDistribution): void {
  symlinkSync(directory, join(stateDirectory, basename(directory)));
}

/** Returns the recorded processes of a state directory, including ended ones. */
export function recorded(stateDirectory: string): Partial<Record<RecordedProcess, ProcessIdentity>> {
  return Object.fromEntries(
    Object.entries(RECORDS).flatMap(([name, file]) => {
      const found = readRecord(join(stateDirectory, file), identity);
      return found ? [[name, found]] : [];
    }),
  );
}

/** Sends SIGKILL to all processes of a state directory. */
export function killRecorded(stateDirectory: string): ProcessIdentity[] {
  const apicurio = readRecord(apicurioRecord(stateDirectory), identity);
  const processes = [...Object.values(recorded(stateDirectory)), ...(apicurio ? [apicurio] : [])];
  const running = processes.filter(isRunning);
  for (const { pid } of running) {
    sendSignal(pid, 'SIGKILL');
  }
  return running;
}

/** Waits until all these processes have ended. */
export async function untilEnded(processes: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  return pollUntil(() => !processes.some(isRunning), { intervalMs: 10, timeoutMs });
}
