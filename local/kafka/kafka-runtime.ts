import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import { isRunning } from '../process/process-table.ts';
import { readServerRecord } from '../process/state-files.ts';
import type { Settings } from '../settings.ts';
import { dockerCompose } from './docker-compose.ts';
import { assertJarsUsable } from './kafka-distribution.ts';
import { findKafkaInDocker } from './kafka-in-docker.ts';

/** How a Kafka of ours is run: as a process from its published jars, or by Docker from its image. */
export const kafkaWays = ['jars', 'docker'] as const;
export type KafkaRuntime = (typeof kafkaWays)[number];

export interface KafkaChoice {
  readonly settings: Settings;
  /** What the person asked for. */
  readonly wanted: KafkaRuntime | undefined;
  readonly signal: AbortSignal;
}

/**
 * The way that runs already; otherwise the wanted one; otherwise the jars where Java and Maven are, and Docker
 * where it answers.
 * @throws OrderlyError that names every way out when none is open, or when another than the wanted one runs.
 */
export async function chooseKafkaWay({ settings, wanted, signal }: KafkaChoice): Promise<KafkaRuntime> {
  const running = await findRunningWay(settings);
  if (running && wanted && running !== wanted) {
    throw new OrderlyError(
      'local_stack',
      `Kafka is running ${running === 'docker' ? 'in Docker' : 'from its jars'} already: run "npm run stack -- down" first.`,
    );
  }
  return running ?? wanted ?? (await findOpenWay(settings, signal));
}

async function findRunningWay(settings: Settings): Promise<KafkaRuntime | undefined> {
  const record = readServerRecord(settings.stateDirectory, 'kafka');
  if (record && isRunning(record)) {
    return 'jars';
  }
  return (await findKafkaInDocker(settings)) && 'docker';
}

async function findOpenWay(settings: Settings, signal: AbortSignal): Promise<KafkaRuntime> {
  const { stateDirectory } = settings;
  const noJars = await assertJarsUsable(stateDirectory, signal).then(() => undefined, classifyError);
  signal.throwIfAborted();
  if (!noJars) {
    return 'jars';
  }
  const compose = dockerCompose(settings);
  const noDocker = await compose.runningServices().then(() => undefined, classifyError);
  if (noDocker) {
    throw new OrderlyError('local_stack', `${noJars.message} ${noDocker.message}`, { cause: noDocker });
  }
  return 'docker';
}
