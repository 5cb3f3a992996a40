import { EventSourceError } from '../errors.ts';

const REQUEST_TIMEOUT_MS = 8_000;
/** Short, because the mappings have stopped already: a late success would not be committed. */
const CLOSE_TIMEOUT_MS = 150;

/** Limits the requests to one destination to 8 s by default, and to 150 ms after `close`. */
export class BoundedRequests {
  readonly #timeoutMs: number;
  readonly #pending = new Map<Promise<unknown>, AbortController>();

  constructor(timeoutMs = REQUEST_TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Runs a request. Aborts its signal at the time limit.
   * @throws the error of the request, or EventSourceError `destination_unreachable` at the time limit
   */
  async run<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const abandoned = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const timeout = unanswered(`no response within ${this.#timeoutMs / 1_000} s`);
    const timer = setTimeout(() => controller.abort(timeout), this.#timeoutMs);
    const run = Promise.race([request(signal), abandoned]);
    this.#pending.set(run, controller);
    try {
      return await run;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(run);
    }
  }

  /** Resolves when all requests have ended or were aborted. */
  async close(): Promise<void> {
    const timer = setTimeout(() => {
      for (const controller of this.#pending.values()) {
        controller.abort(unanswered('no response before the stop'));
      }
    }, CLOSE_TIMEOUT_MS);
    await Promise.allSettled(this.#pending.keys());
    clearTimeout(timer);
  }
}

const unanswered = (message: string): EventSourceError =>
  new EventSourceError('destination_unreachable', message);
