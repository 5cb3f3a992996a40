import { backOff } from './back-off.ts';
import type { RawMessage } from './consumed-message.ts';

export interface DeliverySettings {
  /** What is to be done about a message. */
  readonly task: (message: RawMessage) => Task;
  /** How many tasks that count are done. */
  readonly limit: number;
  /** A task that throws is repeated after a back-off, or ends the delivery. */
  readonly onFailure: 'repeat' | 'end';
  /** Told about each failure that is repeated. */
  readonly failed: (message: RawMessage, thrown: unknown) => void;
}

export interface Task {
  readonly counts: boolean;
  readonly run: () => unknown;
}

const MAX_BACK_OFF_MS = 30_000;

/** One stretch of handling messages: from a call of `start` or `consumeMessages` until that call is over. */
export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #stopping = new AbortController();
  readonly #ended = Promise.withResolvers<number>();
  #left: number;
  #running = 0;
  #done = 0;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(settings: DeliverySettings) {
    this.#settings = settings;
    this.#left = settings.limit;
    this.#ended.promise.catch(() => undefined); // whoever awaits it hears of it
    this.#endIfOver();
  }

  /** Resolves, when no task runs any more and none will, to how many were done; rejects with what ended it. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** No further task is begun. */
  stop(): void {
    this.#stopping.abort();
    this.#endIfOver();
  }

  /** True once the message is done with; false when it is not, and is to be delivered again. */
  async deliver(message: RawMessage, revoked: AbortSignal): Promise<boolean> {
    if (this.#left === 0 || this.#stopping.signal.aborted) {
      return false;
    }
    const task = this.#settings.task(message);
    const cost = task.counts ? 1 : 0;
    this.#left -= cost;
    this.#running += 1;
    const isDone = await this.#untilDone(task, message, revoked);
    this.#running -= 1;
    this.#done += isDone ? cost : 0;
    this.#endIfOver();
    return isDone;
  }

  async #untilDone(task: Task, message: RawMessage, revoked: AbortSignal): Promise<boolean> {
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

  #endIfOver(): void {
    if (this.#running > 0 || (this.#left > 0 && !this.#stopping.signal.aborted)) {
      return;
    }
    if (this.#failure === undefined) {
      this.#ended.resolve(this.#done);
    } else {
      this.#ended.reject(this.#failure.thrown);
    }
  }
}
