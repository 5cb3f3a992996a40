/** Something that runs until it is told to end. */
export interface Running {
  /** Ends it cleanly. */
  stop(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

export interface Lifecycle extends Running {
  /** Takes over the ending of what has just been started. */
  add(running: Running): void;
}

/**
 * Ends what was started, the last first, all of it even when one fails. `stop` is shared: who calls it again
 * waits for the first call. `kill` reaches what `stop` still waits for.
 */
export function createLifecycle(): Lifecycle {
  const started: Running[] = [];
  let stopping: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    const scope = new AsyncDisposableStack();
    for (const running of started) {
      scope.defer(() => running.stop());
    }
    await scope.disposeAsync();
  };

  return {
    add: (running) => {
      started.push(running);
    },
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
    kill: () => {
      for (const running of started) {
        running.kill();
      }
    },
  };
}

/** Several that end at the same time; the list may still grow. */
export function together(members: readonly Running[]): Running {
  return {
    stop: async () => {
      await Promise.all(members.map((member) => member.stop()));
    },
    kill: () => {
      for (const member of members) {
        member.kill();
      }
    },
  };
}
