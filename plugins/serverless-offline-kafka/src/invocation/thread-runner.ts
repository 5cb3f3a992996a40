import { inspect } from 'node:util';
import { EventSourceError } from '../errors.ts';
import type { Log } from '../serverless.ts';
import type { FunctionSettings } from './function-settings.ts';
import { FunctionThread } from './function-thread.ts';
import type { ThreadModules } from './serverless-offline-internals.ts';
import type { ThreadRequest } from './thread-messages.ts';

interface ThreadRunnerParts {
  readonly settings: FunctionSettings;
  readonly modules: ThreadModules;
  /** True if an instance runs more than one invocation. */
  readonly reuse: boolean;
  readonly log: Log;
}

/** The instances of one function. As on Lambda, each instance runs one invocation at a time and is reused. */
export class ThreadRunner {
  readonly #parts: ThreadRunnerParts;
  readonly #threads = new Set<FunctionThread>();
  readonly #idle: FunctionThread[] = [];

  constructor(parts: ThreadRunnerParts) {
    this.#parts = parts;
  }

  async run(request: ThreadRequest): Promise<unknown> {
    const thread = this.#idle.pop() ?? this.#start();
    try {
      return await thread.invoke(request);
    } finally {
      await this.#release(thread);
    }
  }

  /** Running invocations fail with `invocation_failed`. */
  async close(): Promise<void> {
    const reason = new EventSourceError('invocation_failed', 'the event source has stopped');
    await Promise.all(Array.from(this.#threads, (thread) => thread.end(reason)));
  }

  #start(): FunctionThread {
    const thread = new FunctionThread(this.#parts.settings, this.#parts.modules);
    this.#threads.add(thread);
    thread.ended.then((reason) => this.#forget(thread, reason));
    return thread;
  }

  async #release(thread: FunctionThread): Promise<void> {
    if (!thread.usable) {
      return;
    }
    if (this.#parts.reuse) {
      this.#idle.push(thread);
      return;
    }
    await thread.end(new EventSourceError('invocation_failed', 'the instance runs only one invocation'));
  }

  #forget(thread: FunctionThread, reason: EventSourceError): void {
    const { settings, log } = this.#parts;
    this.#threads.delete(thread);
    const index = this.#idle.indexOf(thread);
    if (index >= 0) {
      this.#idle.splice(index, 1);
    }
    if (reason.code !== 'function_crashed') {
      return;
    }
    if (reason.cause !== undefined) {
      log.error(`${settings.functionKey}: ${inspect(reason.cause)}`);
    }
    if (index >= 0) {
      log.warning(`${settings.functionKey}: ${reason.message}, between two invocations`);
    }
  }
}
