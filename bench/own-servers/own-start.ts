import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pollUntil } from '../../cli/poll-until.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { PROJECT_ROOT } from '../../local/settings.ts';
import type { OwnServers } from './own-servers.ts';

/** A real `npm start` on free ports with existing servers. Disposing stops it. */
export interface OwnStart extends AsyncDisposable {
  readonly apiUrl: string;
  /** @throws Error with the end of its output if it has ended. */
  assertRunning(): void;
}

const READY_TIMEOUT_MS = 180_000;

/** `options` are those of `npm start`, such as `--window`. */
export async function startOrderly(
  { stateDirectory, brokers, databaseUrl }: OwnServers,
  options: readonly string[] = [],
): Promise<OwnStart> {
  const apiPort = await freePort();
  const child = spawn('npm', ['run', '--silent', 'start', '--', ...options], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      API_PORT: `${apiPort}`,
      WEBSOCKET_PORT: `${await freePort()}`,
      LAMBDA_PORT: `${await freePort()}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'none',
      KAFKA_BROKERS: brokers.join(','),
      DATABASE_URL: databaseUrl,
      STATE_DIR: stateDirectory,
    },
  });
  let end: string | undefined;
  const ended = once(child, 'close').then(([code, signal]) => {
    end = code === null ? `by ${signal}` : `with exit code ${code}`;
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-10_000);
    });
  }
  const askToStop = (): void => void child.kill('SIGTERM');
  process.once('exit', askToStop);
  const stop = async (): Promise<void> => {
    process.off('exit', askToStop);
    askToStop();
    await ended;
  };
  let isReady = false;
  await pollUntil(
    () => {
      isReady ||= output.includes('Orderly is ready');
      return isReady || end !== undefined;
    },
    { intervalMs: 20, timeoutMs: READY_TIMEOUT_MS },
  );
  if (!isReady) {
    await stop();
    throw new Error(`npm start did not become ready:\n${output}`);
  }
  const assertRunning = (): void => {
    if (end !== undefined) {
      throw new Error(`npm start ended ${end}:\n${output}`);
    }
  };
  return { apiUrl: `http://${LOCAL_HOST}:${apiPort}`, assertRunning, [Symbol.asyncDispose]: stop };
}
