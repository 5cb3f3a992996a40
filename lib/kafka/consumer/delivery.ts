import { backOff } from './back-off.ts';
import type { RawMessage } from './consumed-message.ts';

export interface DeliverySettings {
  /** Returns the task for a message. */
  readonly task: (message: RawMessage) => Task;
  /** The maximum number of tasks that count. */
  readonly limit: number;
  /** A task that throws is retried after a back-off, or ends the delivery. */
  readonly onFailure: 'retry' | 'end';
  /** Called for each failure that is retried. */
  readonly failed: (message: RawMessage, thrown: unknown) => void;
}

export interface Task {
  readonly counts: boolean;
  readonly run: () => unknown;
}

const MAX_BACK_OFF_MS = 30_000;

/** The handling of messages from one call of `start` or `consumeMessages` until it ends. */
export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #stopping = new AbortController();
  readonly #ended = Promise.withResolvers<number>();
  #remaining: number;
  #running = 0;
  #done = 0;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    this.#remaining = settings.limit;
    this.#ended.promise.catch(() => undefined); // prevents an unhandled rejection if it is never awaited
    this.#endIfDone();
  }

  /**
   * Settles when no task runs or will start. Resolves to the number of tasks done; rejects with the error of a task.
   */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Starts no further task. */
  stop(): void {
    this.#stopping.abort();
    this.#endIfDone();
  }

  /** Resolves to true when the message is handled, or to false if it must be delivered again. */
  async deliver(message: RawMessage, revoked: AbortSignal): Promise<boolean> {
    if (this.#remaining === 0 || this.#stopping.signal.aborted) {
      return false;
    }
    const task = this.#settings.task(message);
    const cost = task.counts ? 1 : 0;
    this.#remaining -= cost;
    this.#running += 1;
    const isDone = await this.#runUntilDone(task, message, revoked);
    this.#running -= 1;
    this.#done += isDone ? cost : 0;
    this.#endIfDone();
    return isDone;
  }

  async #runUntilDone(task: Task, message: RawMessage, revoked: AbortSignal): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await task.run();
        return true;
      } catch (thrown) {
        if (this.#settings.onFailure === 'end') {
          this.#failure ??= { thrown };
          this.#stopping.abort();
          return false;
        }
        this.#settings.failed(message, thrown);
      }
      if (!(await backOff(failures, MAX_BACK_OFF_MS, AbortSignal.any([this.#stopping.signal, revoked])))) {
        return false;
      }
    }
  }

  #endIfDone(): void {
    if (this.#running > 0 || (this.#remaining > 0 && !this.#stopping.signal.aborted)) {
      return;
    }
    if (this.#failure === undefined) {
      this.#ended.resolve(this.#done);
    } else {
      this.#ended.reject(this.#failure.thrown);
    }
  }
}
