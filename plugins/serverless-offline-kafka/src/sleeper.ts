/** One sleep at a time, which can be cut short. */
export class Sleeper {
  #wake: (() => void) | undefined;

  /** Resolves after `ms` milliseconds, or at `wake()`; without `ms` only at `wake()`. */
  sleep(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    this.#wake?.();
  }
}
