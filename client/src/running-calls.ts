/** Runs a call. Its signal aborts when the client is closed. */
export type RunCall = <Result>(call: (closed: AbortSignal) => Promise<Result>) => Promise<Result>;

export interface RunningCalls {
  readonly run: RunCall;
  /** Aborts every running call and all later ones. Resolves when all have ended. */
  close(): Promise<void>;
}

/** Each call has its own signal: Node 20 warns of a leak if a signal has more than ten listeners. */
export function createRunningCalls(): RunningCalls {
  const running = new Map<AbortController, Promise<void>>();
  let isClosed = false;
  return {
    run: (call) => {
      const controller = new AbortController();
      if (isClosed) {
        controller.abort();
      }
      const result = call(controller.signal);
      const remove = (): void => void running.delete(controller);
      running.set(controller, result.then(remove, remove));
      return result;
    },
    close: async () => {
      isClosed = true;
      for (const controller of running.keys()) {
        controller.abort();
      }
      await Promise.all(running.values());
    },
  };
}
