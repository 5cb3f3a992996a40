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

/** Kafka's jars are the project's own, resolved once. */
export const PROJECT_STATE = join(import.meta.dirname, '../../.local');
const PREFIX = 'orderly-test-';
const RECORDS = { start: 'lock', offline: 'offline.json', kafka: 'kafka.json', postgres: 'postgres.json' };

const identity = z.object({ pid: z.int().positive(), startTime: z.string() });

export type RecordedProcess = keyof typeof RECORDS;

/**
 * A state directory for one test file. What test runs that were killed have left, directories and processes,
 * is ended and removed on the way.
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

/** One that is being made right now has no owner yet; another user's is none of our business. */
function isOldAndOurs(directory: string): boolean {
  const { uid, birthtimeMs } = statSync(directory);
  return uid === process.getuid?.() && Date.now() - birthtimeMs > 60_000;
}

const ownerFile = (directory: string): string => join(directory, 'test-owner');

/** Kafka's jars, resolved into the project's state directory if nobody has done so yet. */
export async function kafkaDistribution(): Promise<KafkaDistribution> {
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const distribution = await ensureKafkaDistribution({ stateDirectory: PROJECT_STATE, progress });
  await ensureClassArchive(distribution, { progress });
  return distribution;
}

/** Spares a start with this state directory the resolving. */
export function linkDistribution(stateDirectory: string, { directory }: KafkaDistribution): void {
  symlinkSync(directory, join(stateDirectory, basename(directory)));
}

/** The processes that a state directory knows, those that have ended too. */
export function recorded(stateDirectory: string): Partial<Record<RecordedProcess, ProcessIdentity>> {
  return Object.fromEntries(
    Object.entries(RECORDS).flatMap(([name, file]) => {
      const found = readRecord(join(stateDirectory, file), identity);
      return found ? [[name, found]] : [];
    }),
  );
}

/** SIGKILL to everything that runs on a state directory. */
export function killRecorded(stateDirectory: string): ProcessIdentity[] {
  const running = Object.values(recorded(stateDirectory)).filter(isRunning);
  for (const { pid } of running) {
    sendSignal(pid, 'SIGKILL');
  }
  return running;
}

/** Waits until none of these processes is left. */
export async function untilEnded(processes: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  return pollUntil(() => !processes.some(isRunning), { intervalMs: 10, timeoutMs });
}
