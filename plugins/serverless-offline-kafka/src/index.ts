import { EventSourceError } from './errors.ts';
import type { Configuration, EventSource } from './event-source.ts';
import type { CliOptions, Log, Serverless } from './serverless.ts';
import { findTypeScriptHandlers } from './typescript-handlers.ts';

/** The plugin: where the event source hooks into the framework's commands. */
export default class ServerlessOfflineKafka {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #cliOptions: CliOptions;
  readonly #log: Log;
  #configuration: Configuration | undefined;
  #eventSource: EventSource | undefined;

  constructor(serverless: Serverless, cliOptions: CliOptions, { log }: { log: Log }) {
    this.#serverless = serverless;
    this.#cliOptions = cliOptions;
    this.#log = log;
    this.hooks = {
      // `offline` starts, waits and ends the process within one hook, which leaves no place to stop from;
      // `offline start` does the same in three
      'before:offline:start': () =>
        serverless.pluginManager.spawn('offline:start', { terminateLifecycleAfterExecution: true }),
      'before:offline:start:init': () => this.#check(),
      'after:offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
    };
    findTypeScriptHandlers();
  }

  /** Before anything is started, so that a mistake in the service file ends the command at once. */
  async #check(): Promise<void> {
    const { readConfiguration } = await import('./event-source.ts');
    try {
      this.#configuration = readConfiguration(this.#serverless.service, process.env);
    } catch (error) {
      if (error instanceof EventSourceError) {
        throw new this.#serverless.classes.Error(error.message, error.code);
      }
      throw error;
    }
  }

  /** After everything is started, so that functions find the endpoints that they may call. */
  async #start(): Promise<void> {
    const { startEventSource } = await import('./event-source.ts');
    if (this.#configuration) {
      this.#eventSource = await startEventSource(
        this.#configuration,
        this.#serverless,
        this.#cliOptions,
        this.#log,
      );
    }
  }

  /** Before serverless-offline ends the process. */
  async #stop(): Promise<void> {
    await this.#eventSource?.stop();
  }
}
