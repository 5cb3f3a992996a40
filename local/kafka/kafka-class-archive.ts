import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../process/ports.ts';
import { attachServer } from '../process/server-process.ts';
import { readServerRecord } from '../process/state-files.ts';
import { acquireLock, releaseLock } from '../process/state-lock.ts';
import type { DistributionOptions, KafkaDistribution } from './kafka-distribution.ts';
import { classArchive, KAFKA, startKafka } from './kafka-server.ts';

/**
 * Creates the archive of loaded classes (Java's AppCDS), which halves the start time of Kafka. Starts a node with a
 * temporary state directory; Java writes the archive when the node ends. Takes some seconds, once per Java version. The
 * archive is optional: while another process creates it, this process continues without it.
 */
export async function ensureClassArchive(
  distribution: KafkaDistribution,
  { progress, signal }: Pick<DistributionOptions, 'progress' | 'signal'>,
): Promise<void> {
  const archive = classArchive(distribution);
  const stateDirectory = join(distribution.directory, 'archiving');
  const lock = `${stateDirectory}.lock`;
  if (existsSync(archive) || acquireLock(lock, 'preparing Kafka')) {
    return;
  }
  try {
    await makeArchive(archive, { stateDirectory, distribution, progress, signal });
  } catch (error) {
    signal?.throwIfAborted();
    progress(`Kafka will start more slowly: ${Error.isError(error) ? error.message : error}`);
  } finally {
    rmSync(stateDirectory, { recursive: true, force: true });
    releaseLock(lock);
  }
}

interface Making extends Pick<DistributionOptions, 'progress' | 'signal'> {
  readonly stateDirectory: string;
  readonly distribution: KafkaDistribution;
}

async function makeArchive(
  archive: string,
  { stateDirectory, distribution, progress, signal }: Making,
): Promise<void> {
  const interrupted = readServerRecord(stateDirectory, 'kafka');
  if (interrupted) {
    attachServer(KAFKA, stateDirectory, interrupted).kill();
  }
  rmSync(stateDirectory, { recursive: true, force: true });
  mkdirSync(stateDirectory);

  progress('Preparing Kafka for fast starts (once) …');
  const unfinished = join(stateDirectory, 'classes.jsa');
  const server = await startKafka({
    stateDirectory,
    distribution,
    port: await freePort(),
    startedBy: 'start',
    javaFlags: [`-XX:ArchiveClassesAtExit=${unfinished}`],
    signal,
  });
  await server.stop();
  signal?.throwIfAborted();
  renameSync(unfinished, archive);
}
