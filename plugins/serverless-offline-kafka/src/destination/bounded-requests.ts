import { EventSourceError } from '../errors.ts';

const REQUEST_TIMEOUT_MS = 8_000;
/** Short: the mappings have waited for what is under way, and what arrives now is no longer committed. */
const CLOSE_TIMEOUT_MS = 150;

/** The requests to one destination: none is waited for longer than 8 s, nor on after `close`. */
export class BoundedRequests {
  readonly #pending = new Map<Promise<unknown>, AbortController>();

  /**
   * Waits for a request, which is told by the signal when the wait is over.
   * @throws what the request throws, or why it was not waited for
   */
  async run<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const abandoned = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const timeout = unanswered(`no answer within ${REQUEST_TIMEOUT_MS / 1_000} s`);
    const timer = setTimeout(() => controller.abort(timeout), REQUEST_TIMEOUT_MS);
    const run = Promise.race([request(signal), abandoned]);
    this.#pending.set(run, controller);
    try {
      return await run;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(run);
    }
  }

  /** Resolves when nothing is waited for any more. */
  async close(): Promise<void> {
    const timer = setTimeout(() => {
      for (const controller of this.#pending.values()) {
        controller.abort(unanswered('no answer before the stop'));
      }
    }, CLOSE_TIMEOUT_MS);
    await Promise.allSettled(this.#pending.keys());
    clearTimeout(timer);
  }
}

const unanswered = (message: string): EventSourceError =>
  new EventSourceError('destination_unreachable', message);
