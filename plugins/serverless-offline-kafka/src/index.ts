import { createRequire } from 'node:module';
import { lagCommands, offlineCommands } from './configuration/cli-options.ts';
import type { Configuration, FunctionCheck } from './configuration/read-configuration.ts';
import { EventSourceError } from './errors.ts';
import type { EventSource } from './event-source.ts';
import type { CliOptions, Log, Serverless } from './serverless.ts';

/** The plugin: registers the hooks and commands of the event source. */
export default class ServerlessOfflineKafka {
  readonly commands = { ...offlineCommands, ...lagCommands };
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
      // `offline` starts, waits and exits in one hook, so that a plugin cannot stop anything.
      // `offline start` does the same in three hooks.
      'before:offline:start': () =>
        serverless.pluginManager.spawn('offline:start', { terminateLifecycleAfterExecution: true }),
      'before:offline:start:init': async () => this.#check(await this.#functionCheck()),
      'after:offline:start:init': () => this.#start(),
      'before:offline:start:end': () => this.#stop(),
      'kafka-lag:show': () => this.#printLag(),
    };
    registerTypeScriptHandlers();
  }

  async #printLag(): Promise<void> {
    const { printLag } = await import('./status/print-lag.ts');
    await this.#check();
    await this.#withUserErrors(() =>
      printLag(this.#configuration?.definitions ?? [], {
        json: this.#cliOptions.json === true,
        log: this.#log,
        print: (text) => process.stdout.write(`${text}\n`),
      }),
    );
  }

  /** Runs before the start, so that an invalid service file ends the command at once. */
  async #check(checkFunctions?: FunctionCheck): Promise<void> {
    const { readConfiguration } = await import('./configuration/read-configuration.ts');
    await this.#withUserErrors(async () => {
      this.#configuration = await readConfiguration(
        this.#serverless,
        this.#cliOptions,
        process.env,
        checkFunctions,
      );
    });
  }

  async #functionCheck(): Promise<FunctionCheck> {
    const [{ unsupportedFunctions }, { offlineOptions }, { importServerlessOfflineInternals }] =
      await Promise.all([
        import('./invocation/function-checks.ts'),
        import('./invocation/function-settings.ts'),
        import('./invocation/serverless-offline-internals.ts'),
      ]);
    return async (functionKeys) => {
      const { defaultOptions, runtimes } = await importServerlessOfflineInternals();
      const options = offlineOptions(this.#serverless, this.#cliOptions, defaultOptions);
      return unsupportedFunctions(this.#serverless, { options, runtimes }, functionKeys);
    };
  }

  /** Runs after serverless-offline has started, so that functions can call its endpoints. */
  async #start(): Promise<void> {
    const { startEventSource } = await import('./event-source.ts');
    const configuration = this.#configuration;
    if (configuration) {
      await this.#withUserErrors(async () => {
        this.#eventSource = await startEventSource(
          configuration,
          this.#serverless,
          this.#cliOptions,
          this.#log,
        );
      });
    }
  }

  /** Runs before serverless-offline ends the process. */
  async #stop(): Promise<void> {
    await this.#eventSource?.stop();
  }

  /** Converts errors to the framework's class, which it prints without a stack. */
  async #withUserErrors(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (error instanceof EventSourceError) {
        throw new this.#serverless.classes.Error(error.message, error.code);
      }
      throw error;
    }
  }
}

/**
 * Makes `serverless invoke local` find handlers in TypeScript. It looks for a handler's file with `require`, which does not
 * search for `.ts` files, even if Node can load them.
 */
function registerTypeScriptHandlers(): void {
  const { extensions } = createRequire(import.meta.url);
  extensions['.ts'] ??= extensions['.js'];
}
