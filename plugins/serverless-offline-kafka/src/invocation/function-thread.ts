import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EventSourceError, type EventSourceErrorCode, messageOf } from '../errors.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { ThreadModules } from './serverless-offline-internals.ts';
import type { ThreadData, ThreadRequest, ThreadResponse, ThrownError } from './thread-messages.ts';

/** `thread.ts` in the repository, `thread.js` in the package. */
const THREAD_FILE = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

/** Lambda's, for what a module does before its handler can be called. It does not count in the timeout. */
const LOADING_LIMIT_MS = 10_000;

interface Pending {
  readonly requestId: string;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: EventSourceError) => void;
}

/** One instance of a function, in a thread of its own. It takes one invocation at a time. */
export class FunctionThread {
  /** When the thread is gone; resolves with the reason. */
  readonly ended: Promise<EventSourceError>;
  readonly #settings: FunctionSettings;
  readonly #worker: Worker;
  #loaded = false;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Why it is being ended, or ends by itself. */
  #reason: EventSourceError | undefined;

  constructor(settings: FunctionSettings, modules: ThreadModules) {
    const { environment, limitMs: _, ...data } = settings;
    const workerData: ThreadData = { ...data, modules };
    this.#settings = settings;
    this.#worker = new Worker(THREAD_FILE, { env: environment, workerData });
    this.#worker.on('message', (response: ThreadResponse | undefined) => this.#receive(response));
    this.#worker.on('messageerror', (error) => this.end(crash(error)));
    this.#worker.on('error', (error) => {
      this.#reason ??= crash(error);
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (exitCode) => {
        const reason = this.#reason ?? crashed(`ended its own process with exit code ${exitCode}`);
        this.#reason = reason;
        this.#settle()?.reject(reason);
        resolve(reason);
      });
    });
  }

  /** Whether it can take another invocation. */
  get usable(): boolean {
    return !this.#reason;
  }

  /** Resolves with the function's answer; rejects as `FunctionInvoker.invoke` does. */
  invoke({ requestId, event }: ThreadRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending = { requestId, resolve, reject };
      this.#limitTime();
      this.#worker.postMessage({ requestId, event } satisfies ThreadRequest);
    });
  }

  /** Ends the thread. What it runs fails for the given reason, but not before the thread is gone. */
  async end(reason: EventSourceError): Promise<void> {
    this.#reason ??= reason;
    await this.#worker.terminate();
    await this.ended;
  }

  /** Starts the time that it may take to load, or then to run. */
  #limitTime(): void {
    const { limitMs } = this.#settings;
    clearTimeout(this.#timer);
    if (limitMs === undefined) {
      return;
    }
    const loadingLimitMs = Math.max(LOADING_LIMIT_MS, limitMs);
    const [ms, message] = this.#loaded
      ? [limitMs, `timed out after ${limitMs / 1_000} s`]
      : [loadingLimitMs, `did not load within ${loadingLimitMs / 1_000} s`];
    this.#timer = setTimeout(() => this.end(new EventSourceError('function_timed_out', message)), ms);
  }

  /** A function, too, can send whatever it likes from its thread. */
  #receive(response: ThreadResponse | undefined): void {
    if (this.#reason || !this.#pending || !response) {
      return;
    }
    if (response.type === 'loaded') {
      this.#loaded = true;
      this.#limitTime();
      return;
    }
    if (response.type === 'load-failed') {
      // a module that has thrown is not evaluated again in the same thread
      this.end(thrownBy('function_failed', response.error));
      return;
    }
    if (response.requestId !== this.#pending.requestId) {
      return;
    }
    const pending = this.#settle();
    switch (response.type) {
      case 'succeeded':
        pending?.resolve(JSON.parse(response.answer));
        return;
      case 'failed':
        pending?.reject(thrownBy('function_failed', response.error));
        return;
      case 'invalid-response':
        pending?.reject(new EventSourceError('invalid_answer', response.error.message));
        return;
    }
  }

  /** The invocation is over: the one that waits for it. */
  #settle(): Pending | undefined {
    clearTimeout(this.#timer);
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }
}

const crashed = (message: string, options?: ErrorOptions): EventSourceError =>
  new EventSourceError('function_crashed', message, options);

const crash = (error: unknown): EventSourceError => crashed(`crashed: ${messageOf(error)}`, { cause: error });

function thrownBy(code: EventSourceErrorCode, { name, message, stack }: ThrownError): EventSourceError {
  const cause = Object.assign(new Error(message), { name, stack });
  return new EventSourceError(code, message, { cause });
}
