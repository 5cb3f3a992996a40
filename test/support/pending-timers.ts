import { createHook } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

export interface TimerWatch extends Disposable {
  /** Resolves to the stacks of the timers that were started since, have not ended, and keep the process alive. */
  pending(): Promise<string[]>;
}

/**
 * Watches the timers that this process starts. Ignores those of jest's reporters, which run in the same process when jest has
 * no workers.
 */
export function watchTimers(): TimerWatch {
  const started = new Map<number, { readonly timer: object; readonly stack: string }>();
  const hook = createHook({
    init: (id, type, _trigger, timer) => {
      if (type === 'Timeout') {
        const { stack = '' } = new Error();
        if (!stack.includes('/node_modules/@jest/reporters/')) {
          started.set(id, { timer, stack });
        }
      }
    },
    destroy: (id) => {
      started.delete(id);
    },
  }).enable();
  return {
    pending: async () => {
      await setImmediate(); // Node reports the end of a timer in the next iteration of the event loop
      return [...started.values()].flatMap(({ timer, stack }) => (keepsAlive(timer) ? [stack] : []));
    },
    [Symbol.dispose]: () => void hook.disable(),
  };
}

const keepsAlive = (timer: object): boolean =>
  'hasRef' in timer && typeof timer.hasRef === 'function' && timer.hasRef() === true;
