export interface Backoff {
  /** The pause after the first failure. It doubles with each further one. */
  readonly initialMs: number;
  readonly maximumMs: number;
}

/**
 * Between the attempts to deliver one batch. Invented: AWS publishes no schedule for Kafka, only that the
 * batch is repeated until it succeeds or its records expire.
 */
export const deliveryBackoff: Backoff = { initialMs: 200, maximumMs: 30_000 };

/** Between attempts to reach the brokers: short, because locally somebody waits for the answer. */
export const brokerBackoff: Backoff = { initialMs: 200, maximumMs: 2_000 };

/** How long to wait after `failures` (1 or more) failures in a row. */
export function backoffMs({ initialMs, maximumMs }: Backoff, failures: number): number {
  return Math.min(initialMs * 2 ** (failures - 1), maximumMs);
}

/** One sleep at a time, which `wake` ends early. */
export class InterruptibleSleep {
  #wake: (() => void) | undefined;

  /** Resolves after `ms` milliseconds or at `wake()`. Without `ms` it resolves only at `wake()`. */
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
