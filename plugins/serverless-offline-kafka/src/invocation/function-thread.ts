import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EventSourceError, type EventSourceErrorCode, messageOf } from '../errors.ts';
import type { FunctionSettings } from './function-settings.ts';
import type { ThreadModules } from './serverless-offline-internals.ts';
import type { ThreadData, ThreadRequest, ThreadResponse, ThrownError } from './thread-messages.ts';

/** `thread.ts` in the repository, `thread.js` in the package. */
const THREAD_FILE = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

/** Lambda's limit for loading a module. Loading does not count towards the timeout. */
const LOADING_LIMIT_MS = 10_000;

interface Pending {
  readonly requestId: string;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: EventSourceError) => void;
}

/** One instance of a function in its own thread. It runs one invocation at a time. */
export class FunctionThread {
  /** Resolves with the reason when the thread has ended. */
  readonly ended: Promise<EventSourceError>;
  readonly #settings: FunctionSettings;
  readonly #worker: Worker;
  #loaded = false;
  #pending: Pending | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The reason why the thread ends or has ended. */
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

  /** True if the instance can run another invocation. */
  get usable(): boolean {
    return !this.#reason;
  }

  /** Resolves with the function's response. Rejects as `FunctionInvoker.invoke` does. */
  invoke({ requestId, event }: ThreadRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending = { requestId, resolve, reject };
      this.#limitTime();
      this.#worker.postMessage({ requestId, event } satisfies ThreadRequest);
    });
  }

  /** Ends the thread. Its invocation fails with the given reason after the thread has ended. */
  async end(reason: EventSourceError): Promise<void> {
    this.#reason ??= reason;
    await this.#worker.terminate();
    await this.ended;
  }

  /** Starts the time limit for loading, or for running once the module is loaded. */
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

  /** Ignores unexpected messages, because a function can also send messages from its thread. */
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
      // A module that threw is not evaluated again in the same thread.
      this.end(thrownBy('function_failed', response.error));
      return;
    }
    if (response.requestId !== this.#pending.requestId) {
      return;
    }
    const pending = this.#settle();
    switch (response.type) {
      case 'succeeded':
        pending?.resolve(JSON.parse(response.payload));
        return;
      case 'failed':
        pending?.reject(thrownBy('function_failed', response.error));
        return;
      case 'invalid-response':
        pending?.reject(new EventSourceError('invalid_answer', response.error.message));
        return;
    }
  }

  /** Ends the current invocation and returns it. */
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
