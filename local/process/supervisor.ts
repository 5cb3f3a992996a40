import { setTimeout as delay } from 'node:timers/promises';
import type { Output } from '../../cli/output.ts';
import type { Running } from './lifecycle.ts';
import type { Server } from './server-process.ts';

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** A server that ran this long was healthy: its next failure starts with the shortest delay. */
const STEADY_AFTER_MS = 30_000;

/** Returns the delay before a restart, after a number of consecutive early exits. */
export function restartDelayMs(shortLives: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** shortLives);
}

export interface SupervisedServer extends Running {
  /** The current server; each restart replaces it. */
  readonly current: Server;
}

export interface Supervision {
  readonly restart: (signal: AbortSignal) => Promise<Server>;
  readonly output: Output;
}

/** Restarts a server when it ends before `stop` or `kill`, with a warning and an exponential delay. */
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
      output.warn(`${label} (pid ${current.pid}) has ended unexpectedly: restarting`);
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
            output.warn(`${label} could not be restarted: ${error.message}`);
            return false;
          },
        );
      }
      if (stopping.signal.aborted) {
        await current.stop(); // it became ready while the stop was requested
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
