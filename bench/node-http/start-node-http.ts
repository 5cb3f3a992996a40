import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { LOCAL_HOST } from '../../local/process/ports.ts';

/** The API behind `node:http`, in a process of its own. Disposing kills it. */
export interface NodeHttp extends AsyncDisposable {
  readonly apiUrl: string;
}

/** `environment` has the variables of the functions. */
export async function startNodeHttp(environment: Readonly<Record<string, string>>): Promise<NodeHttp> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const started = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (started === undefined) {
    throw new Error('The process of the handlers has ended; see its output above.');
  }
  return {
    apiUrl: `http://${LOCAL_HOST}:${z.int().parse(started[0])}`,
    [Symbol.asyncDispose]: async () => {
      process.off('exit', kill);
      kill();
      await ended;
    },
  };
}
