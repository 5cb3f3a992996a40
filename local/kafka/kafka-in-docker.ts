import { join } from 'node:path';
import * as z from 'zod';
import type { Output } from '../../cli/output.ts';
import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Running } from '../process/lifecycle.ts';
import { assertPortFree } from '../process/ports.ts';
import { readRecord, removeRecord, type StartedBy, writeRecord } from '../process/state-files.ts';
import type { Settings } from '../settings.ts';
import { type DockerCompose, dockerCompose } from './docker-compose.ts';

const SERVICE = 'kafka';

/** The command that ends the container. There is no pid, because Docker restarts the container. */
const containerRecord = z.object({
  port: z.int().positive(),
  startedBy: z.enum(['start', 'stack']),
  /** ISO 8601. */
  since: z.string(),
});

type ContainerRecord = z.infer<typeof containerRecord>;

export interface ContainerPlan {
  readonly settings: Settings;
  readonly startedBy: StartedBy;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Stays after the container has stopped, because `reset` then has volumes to remove. */
const containerRecordFile = (stateDirectory: string): string => join(stateDirectory, 'kafka-docker.json');

const readContainerRecord = (stateDirectory: string): ContainerRecord | undefined =>
  readRecord(containerRecordFile(stateDirectory), containerRecord);

/** Returns the record of a running container. Asks Docker only if there is a record. */
export async function findKafkaInDocker(settings: Settings): Promise<ContainerRecord | undefined> {
  const record = readContainerRecord(settings.stateDirectory);
  return record && (await isRunning(dockerCompose(settings)).catch(() => false)) ? record : undefined;
}

/**
 * Starts Kafka with Docker, or attaches to the running container, and resolves when it is healthy. `own` receives a
 * container that must end with this process; one that `npm run stack` or a person started keeps running.
 * @throws OrderlyError with the reason why Docker cannot be used, or the remedy for a busy or different port.
 */
export async function openKafkaInDocker(plan: ContainerPlan, own: (running: Running) => void): Promise<void> {
  const { settings, output, signal } = plan;
  const { stateDirectory, kafkaPort: port } = settings;
  const compose = dockerCompose(settings);
  const record = readContainerRecord(stateDirectory);
  const keeper = (await isRunning(compose)) ? (record?.startedBy ?? 'stack') : undefined;
  if (keeper === 'stack' && record && record.port !== port) {
    throw new OrderlyError(
      'local_stack',
      `Kafka is running in Docker on port ${record.port} since "npm run stack -- up": set KAFKA_PORT=${record.port}, or run "npm run stack -- down" first.`,
    );
  }
  if (!keeper) {
    await assertPortFree(port, 'Kafka', 'KAFKA_PORT');
  }
  signal.throwIfAborted();

  const startedBy = keeper === 'stack' ? keeper : plan.startedBy;
  const since = (keeper && record?.since) || new Date().toISOString();
  writeRecord(containerRecordFile(stateDirectory), { port, startedBy, since });
  if (!keeper || keeper === 'start') {
    own({ stop: () => compose.stop(SERVICE), kill: () => compose.kill(SERVICE) });
  }
  if (!keeper) {
    output.step('Starting Kafka in Docker (the first time it pulls the image) …');
  }
  await compose.up(SERVICE, signal);
  output.step(`Kafka ${keeper ? 'is already running' : 'is ready'} on port ${port} (Docker)`);
}

export async function stopKafkaInDocker(settings: Settings): Promise<void> {
  await dockerCompose(settings).stop(SERVICE);
}

/**
 * Removes the containers and volumes of `docker-compose.yml` if Kafka ever ran in Docker. Resolves to whether it did.
 * @throws OrderlyError while a container runs, and if Docker does not answer.
 */
export async function removeContainers(settings: Settings): Promise<boolean> {
  const file = containerRecordFile(settings.stateDirectory);
  if (!readContainerRecord(settings.stateDirectory)) {
    return false;
  }
  const compose = dockerCompose(settings);
  const running = await compose.runningServices().catch((error) => {
    throw new OrderlyError(
      'local_stack',
      `Kafka's data in Docker cannot be removed. ${classifyError(error).message} Start Docker, or delete ${file} if you no longer use Docker.`,
      { cause: error },
    );
  });
  if (running.length > 0) {
    throw new OrderlyError(
      'local_stack',
      `Docker is running ${running.join(', ')}: stop it with "docker compose stop", then reset.`,
    );
  }
  await compose.removeAll();
  removeRecord(file);
  return true;
}

async function isRunning(compose: DockerCompose): Promise<boolean> {
  return (await compose.runningServices()).includes(SERVICE);
}
