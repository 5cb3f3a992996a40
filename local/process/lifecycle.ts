/** A part that runs until `stop` or `kill`. */
export interface Running {
  /** Ends the part cleanly. */
  stop(): Promise<void>;
  /** Ends the part at once. */
  kill(): void;
}

export interface Lifecycle extends Running {
  /** Registers a part that has just been started. */
  add(running: Running): void;
}

/**
 * Ends registered parts in reverse order, all of them even if one fails. Repeated calls of `stop` return the same promise.
 * `kill` also ends parts that `stop` still waits for.
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

/** Combines parts that end at the same time. Members can be added later. */
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
