import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import { isRunning } from '../process/process-table.ts';
import { readServerRecord } from '../process/state-files.ts';
import type { Settings } from '../settings.ts';
import { dockerCompose } from './docker-compose.ts';
import { assertJarsUsable } from './kafka-distribution.ts';
import { findKafkaInDocker } from './kafka-in-docker.ts';

/** How the local Kafka runs: as a process from the published jars, or in Docker. */
export const kafkaRuntimes = ['jars', 'docker'] as const;
export type KafkaRuntime = (typeof kafkaRuntimes)[number];

export interface KafkaChoice {
  readonly settings: Settings;
  /** The value of `--kafka`. */
  readonly wanted: KafkaRuntime | undefined;
  readonly signal: AbortSignal;
}

/**
 * Returns the runtime of a running Kafka; otherwise the wanted one; otherwise `jars` if Java and Maven are installed;
 * otherwise `docker` if Docker answers.
 * @throws OrderlyError with all remedies if there is none, or if Kafka already runs in the other runtime.
 */
export async function chooseKafkaRuntime({ settings, wanted, signal }: KafkaChoice): Promise<KafkaRuntime> {
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
