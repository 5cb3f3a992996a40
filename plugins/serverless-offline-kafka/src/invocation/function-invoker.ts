import { EventSourceError } from '../errors.ts';
import type { CliOptions, Log, Serverless } from '../serverless.ts';
import {
  type OfflineOptions,
  offlineOptions,
  readFunctionSettings,
  runsInThread,
  timeLimitOf,
} from './function-settings.ts';
import { OfflineLambda } from './offline-lambda.ts';
import {
  importServerlessOfflineInternals,
  type ServerlessOfflineInternals,
} from './serverless-offline-internals.ts';
import { ThreadRunner } from './thread-runner.ts';

export interface Invocation {
  readonly functionKey: string;
  /** Can be serialised as JSON. It belongs to the function: nothing else uses it. */
  readonly event: object;
  /** `context.awsRequestId` of a function that runs in a thread. */
  readonly requestId: string;
}

export interface FunctionInvoker {
  /**
   * Invokes a function once. Resolves with its response, or null without one. Each running invocation has its own instance,
   * as on Lambda, and instances are reused.
   *
   * Rejects with an EventSourceError. Errors of the function:
   * `function_failed`: it threw or could not be loaded. The message and the cause are those of its error.
   * `function_timed_out`: it exceeded its timeout and was ended.
   * `function_crashed`: its thread ended, by `process.exit` or an exception outside the handler.
   * `invalid_answer`: its response cannot be serialised as JSON.
   *
   * Other errors: `invocation_failed`: it did not run, or `close` ended it.
   */
  invoke(invocation: Invocation): Promise<unknown>;
  /** Ends all threads, including running invocations. */
  close(): Promise<void>;
}

/** Creates an invoker that follows serverless-offline's options: in threads, in process or in Docker. */
export async function createFunctionInvoker(
  serverless: Serverless,
  cliOptions: CliOptions,
  log: Log,
): Promise<FunctionInvoker> {
  const parts = await importServerlessOfflineInternals();
  const options = offlineOptions(serverless, cliOptions, parts.defaultOptions);
  return new Invoker(serverless, options, parts, log);
}

class Invoker implements FunctionInvoker {
  readonly #serverless: Serverless;
  readonly #options: OfflineOptions;
  readonly #parts: ServerlessOfflineInternals;
  readonly #log: Log;
  readonly #threads = new Map<string, ThreadRunner>();
  #lambda: Promise<OfflineLambda> | undefined;
  #closed = false;

  constructor(serverless: Serverless, options: OfflineOptions, parts: ServerlessOfflineInternals, log: Log) {
    this.#serverless = serverless;
    this.#options = options;
    this.#parts = parts;
    this.#log = log;
  }

  async invoke({ functionKey, event, requestId }: Invocation): Promise<unknown> {
    if (this.#closed) {
      throw new EventSourceError('invocation_failed', 'the event source has stopped');
    }
    if (runsInThread(this.#serverless, functionKey, this.#options)) {
      return this.#threadsOf(functionKey).run({ requestId, event: JSON.stringify(event) });
    }
    this.#lambda ??= OfflineLambda.create(this.#serverless, this.#options);
    const lambda = await this.#lambda;
    const limitMs = timeLimitOf(this.#serverless, functionKey, this.#options);
    return lambda.run({ functionKey, event, limitMs });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const lambda = await this.#lambda;
    await Promise.all([lambda?.close(), ...Array.from(this.#threads.values(), (threads) => threads.close())]);
  }

  #threadsOf(functionKey: string): ThreadRunner {
    const existing = this.#threads.get(functionKey);
    if (existing) {
      return existing;
    }
    const threads = new ThreadRunner({
      settings: readFunctionSettings(this.#serverless, functionKey, this.#options, this.#parts),
      modules: this.#parts.threadModules,
      reuse: !this.#options.reloadHandler,
      log: this.#log,
    });
    this.#threads.set(functionKey, threads);
    return threads;
  }
}
