export interface Backoff {
  /** The pause after the first failure. It doubles after each further failure. */
  readonly initialMs: number;
  readonly maximumMs: number;
}

/** The back-off between attempts to deliver one batch. These values are our own: AWS documents none for Kafka. */
export const deliveryBackoff: Backoff = { initialMs: 200, maximumMs: 30_000 };

/** The back-off between requests to the brokers. It is short, because a developer waits for the result. */
export const brokerBackoff: Backoff = { initialMs: 200, maximumMs: 2_000 };

/** Returns the pause after this number of consecutive failures (1 or more). */
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
