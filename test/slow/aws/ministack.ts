import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { pollUntil } from '../../../cli/poll-until.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { startProcessGroup } from './process-group.ts';

export interface Ministack extends AsyncDisposable {
  readonly url: string;
}

export interface MinistackOptions {
  /** The path of the installed program. */
  readonly program: string;
  /** For its log and for files of the functions. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

const READY_TIMEOUT_MS = 60_000;

/**
 * Starts the emulator on a free port. Its functions are processes of this Node, with real network and without a limit
 * of memory.
 * @throws OrderlyError if it does not become ready.
 */
export async function startMinistack({ program, directory, signal }: MinistackOptions): Promise<Ministack> {
  const port = await freePort();
  const url = `http://${LOCAL_HOST}:${port}`;
  const temporary = join(directory, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const logFile = join(directory, 'ministack.log');
  await using scope = new AsyncDisposableStack();
  const group = scope.use(
    startProcessGroup({
      command: join(dirname(program), 'python3'),
      args: [join(import.meta.dirname, 'start_ministack.py')],
      logFile,
      // Nothing else of the environment: functions inherit it, and would find settings that were not deployed.
      env: {
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        TMPDIR: temporary,
        STATE_DIR: join(directory, 'state'),
        BIND_HOST: LOCAL_HOST,
        GATEWAY_PORT: `${port}`,
        IOT_MTLS_ENABLED: '0', // the only service that listens on a port of its own, and always the same
        LAMBDA_ACCOUNT_CONCURRENCY: '5000', // above the reserved concurrency, as in an account with a raised quota
      },
    }),
  );
  const ended = group.ended.then(() => {
    throw new OrderlyError('deployment', `The emulator ended while it started, see ${logFile}.`);
  });
  const ready = pollUntil(() => isReady(url), { intervalMs: 100, timeoutMs: READY_TIMEOUT_MS, signal });
  if (!(await Promise.race([ready, ended]))) {
    throw new OrderlyError(
      'deployment',
      `The emulator is not ready after ${READY_TIMEOUT_MS / 1000} s, see ${logFile}.`,
    );
  }
  const running = scope.move();
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
