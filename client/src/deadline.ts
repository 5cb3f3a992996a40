/** The reason of an abort by `within` itself. */
export const timedOut: Error = new DOMException('The time is over.', 'TimeoutError');

/** Timers of a longer time fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` until the time is over or one of the signals aborts. Rejects then with `timedOut` or the signal's reason,
 * whether `work` reacts to its signal or not. Leaves no timer and no listener.
 */
export async function within<Result>(
  timeoutMs: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  for (const signal of signals) {
    signal.throwIfAborted();
  }
  const controller = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
  });
  const delayMs = Math.min(Math.max(timeoutMs, 0), LONGEST_TIMER_MS);
  const timer = setTimeout(() => controller.abort(timedOut), delayMs);
  const removals = signals.map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  try {
    return await Promise.race([work(controller.signal), aborted]);
  } finally {
    clearTimeout(timer);
    for (const remove of removals) {
      remove();
    }
  }
}

interface Subscription {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

const subscriptions = new WeakMap<AbortSignal, Subscription>();

/**
 * Calls back when the signal aborts. Returns a function that ends it. Many calls may have one signal, and Node 20 warns of a
 * leak if a signal has more than ten listeners: so there is one for all.
 */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, listener } = subscriptions.get(signal) ?? subscribe(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) {
      signal.removeEventListener('abort', listener);
      subscriptions.delete(signal);
    }
  };
}

function subscribe(signal: AbortSignal): Subscription {
  const callbacks = new Set<() => void>();
  const listener = (): void => {
    for (const callback of callbacks) {
      callback();
    }
  };
  signal.addEventListener('abort', listener);
  const subscription = { callbacks, listener };
  subscriptions.set(signal, subscription);
  return subscription;
}

/** Waits. Rejects with the reason of a signal that aborts. */
export async function pause(timeMs: number, signals: readonly AbortSignal[]): Promise<void> {
  await within(timeMs, signals, () => new Promise<never>(() => {})).catch((reason: unknown) => {
    if (reason !== timedOut) {
      throw reason;
    }
  });
}
