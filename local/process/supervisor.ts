import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '../../cli/output.ts';
import type { Running } from './lifecycle.ts';
import type { Server } from './server-process.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** A server that ran this long was well: what ends it is a new story. */
const STEADY_AFTER_MS = 30_000;

/** How long to wait before a server is started again, after so many short lives in a row. */
export function restartDelayMs(shortLives: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** shortLives);
}

export interface SupervisedServer extends Running {
  /** The server of now: another one after each restart. */
  readonly current: Server;
}

export interface Supervision {
  readonly restart: (signal: AbortSignal) => Promise<Server>;
  readonly output: Output;
}

/** Starts a server again whenever it ends before `stop` or `kill`, saying so, ever more slowly when it does not help. */
export function supervise(first: Server, { restart, output }: Supervision): SupervisedServer {
  let current = first;
  const stopping = new AbortController();

  const watch = async (): Promise<void> => {
    for (let shortLives = 0; ; ) {
      const startedAt = performance.now();
      await current.ended;
      if (stopping.signal.aborted) {
        return;
      }
      const { label } = current.kind;
      output.warn(`${label} (pid ${current.pid}) has ended unexpectedly: starting it again`);
      shortLives = performance.now() - startedAt > STEADY_AFTER_MS ? 0 : shortLives;
      for (let running = false; !running; shortLives += 1) {
        await delay(restartDelayMs(shortLives), undefined, { signal: stopping.signal });
        running = await restart(stopping.signal).then(
          (server) => {
            current = server;
            output.step(`${label} is running again (pid ${server.pid})`);
            return true;
          },
          (error: Error) => {
            stopping.signal.throwIfAborted();
            output.warn(`${label} could not be started again: ${error.message}`);
            return false;
          },
        );
      }
      if (stopping.signal.aborted) {
        await current.stop(); // became ready in the moment of the request
        return;
      }
    }
  };
  const watching = watch().catch((error: unknown) => {
    if (!stopping.signal.aborted) {
      throw error;
    }
  });

  return {
    get current() {
      return current;
    },
    stop: async () => {
      stopping.abort();
      await current.stop();
      await watching;
    },
    kill: () => {
      stopping.abort();
      current.kill();
    },
  };
}
