import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { hasErrorCode } from '../../cli/error-code.ts';
import { runTool } from '../../cli/run-tool.ts';
import { classifyError, OrderlyError } from '../../lib/errors/orderly-error.ts';
import { PROJECT_ROOT, type Settings } from '../settings.ts';

/** The containers of `docker-compose.yml`, managed by the program `docker` on the PATH. */
export interface DockerCompose {
  /**
   * Returns the services with a running container.
   * @throws OrderlyError with the reason if Docker is missing or does not answer within 5 s.
   */
  runningServices(): Promise<string[]>;
  /**
   * Starts a service if it does not run, and resolves when it is healthy. Pulls its image the first time.
   * @throws OrderlyError with Docker's error if the service does not become healthy.
   */
  up(service: string, signal: AbortSignal): Promise<void>;
  /** Stops a service cleanly; its container and data stay. */
  stop(service: string): Promise<void>;
  /** Kills a service; works also while this process ends. */
  kill(service: string): void;
  /** Removes all containers and their data. */
  removeAll(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 5_000;
/** The time for a running container to become healthy; pulling the image is not included. */
const HEALTHY_TIMEOUT_S = 120;
/** Kafka needs one second; `npm start` has four seconds for all parts. */
const STOP_TIMEOUT_S = 3;

export function dockerCompose(settings: Pick<Settings, 'kafkaPort' | 'postgresPort'>): DockerCompose {
  const file = join(PROJECT_ROOT, 'docker-compose.yml');
  const commandLine = (args: readonly string[]): string[] => [
    ...['compose', '--file', file, '--progress', 'quiet'],
    ...args,
  ];
  // Docker reads .env too, but variables of the environment take precedence over it
  const environment = (): NodeJS.ProcessEnv => ({
    ...process.env,
    KAFKA_PORT: `${settings.kafkaPort}`,
    POSTGRES_PORT: `${settings.postgresPort}`,
  });
  const run = (args: readonly string[], signal?: AbortSignal): Promise<string> =>
    runTool('docker', commandLine(args), { env: environment(), signal });

  return {
    runningServices: async () => {
      const timeout = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      try {
        const names = await run(['ps', '--status', 'running', '--services'], timeout);
        return names.split('\n').filter(Boolean);
      } catch (error) {
        throw new OrderlyError('local_stack', whyUnusable(error, timeout), { cause: error });
      }
    },
    up: async (service, signal) => {
      const waiting = ['--detach', '--wait', '--wait-timeout', `${HEALTHY_TIMEOUT_S}`];
      await run(['up', ...waiting, service], signal).catch((error) => {
        signal.throwIfAborted();
        throw explainUp(error, service);
      });
    },
    stop: async (service) => {
      await run(['stop', '--timeout', `${STOP_TIMEOUT_S}`, service]);
    },
    kill: (service) => {
      const options = { env: environment(), stdio: 'ignore', detached: true } as const;
      spawn('docker', commandLine(['kill', service]), options)
        .on('error', () => undefined)
        .unref();
    },
    removeAll: async () => {
      await run(['down', '--volumes']);
    },
  };
}

function explainUp(error: unknown, service: string): OrderlyError {
  return new OrderlyError(
    'local_stack',
    `Docker did not start ${service} (${classifyError(error).message}): see "docker compose logs ${service}".`,
    { cause: error },
  );
}

function whyUnusable(error: unknown, timeout: AbortSignal): string {
  if (timeout.aborted) {
    return `Docker does not answer within ${ANSWER_TIMEOUT_MS / 1000} s.`;
  }
  const { message, cause } = classifyError(error);
  if (hasErrorCode(cause, 'ENOENT')) {
    return 'Docker was not found.';
  }
  // without the plugin, docker parses the options of "docker compose" as its own
  return /unknown (flag|command)|not a docker command/.test(message)
    ? 'Docker has no Compose: install the Compose plugin.'
    : `Docker cannot be used (${message}).`;
}
