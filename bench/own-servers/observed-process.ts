import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';

const answerSchema = z.object({ ms: z.number(), layers: z.record(z.string(), z.number()) });

export type ObservedAnswer = z.infer<typeof answerSchema>;

/** A process that calls handlers, with its own environment. Disposing kills it. */
export interface ObservedProcess extends Disposable {
  /** Calls the handler of a file with every event, and returns the milliseconds. */
  call(file: string, events: readonly unknown[], concurrency: number): Promise<number>;
  /** Calls the handler in the same way, and returns the CPU time of each layer in µs. */
  profile(
    file: string,
    events: readonly unknown[],
    concurrency: number,
  ): Promise<Readonly<Record<string, number>>>;
}

export function startObservedProcess(environment: Readonly<Record<string, string>>): ObservedProcess {
  const child = fork(join(import.meta.dirname, 'observed-child.ts'), {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The process of the handlers has ended; see its output above.');
  });
  ended.catch(() => undefined); // it is killed at the end
  const ask = async (work: object): Promise<ObservedAnswer> => {
    child.send(work);
    const [answer] = await Promise.race([once(child, 'message'), ended]);
    return answerSchema.parse(answer);
  };
  return {
    call: async (file, events, concurrency) =>
      (await ask({ file, events, concurrency, isProfiled: false })).ms,
    profile: async (file, events, concurrency) =>
      (await ask({ file, events, concurrency, isProfiled: true })).layers,
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
