import type { CliOptions, Serverless } from './serverless.ts';
import { unsupportedEvent } from './unsupported-event.ts';

/** The plugin: checks the event and the local servers before `serverless invoke local`, and ends the process afterwards. */
export default class InvokeLocal {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #options: CliOptions;

  constructor(serverless: Serverless, options: CliOptions) {
    this.#serverless = serverless;
    this.#options = options;
    this.hooks = {
      'before:invoke:local:invoke': () => this.#prepare(),
      'after:invoke:local:invoke': endProcess,
    };
  }

  /** Runs when the process has the function's environment from serverless.yml and `--env`. */
  async #prepare(): Promise<void> {
    const { service, classes } = this.#serverless;
    const { function: functionName = '', data } = this.#options;
    const eventProblem = unsupportedEvent(functionName, service.getFunction(functionName), data);
    if (eventProblem !== undefined) {
      throw new classes.Error(eventProblem, 'WRONG_EVENT');
    }
    if (service.provider.stage !== 'local') {
      return;
    }
    const { missingDependency } = await import('./missing-dependency.ts');
    const problem = await missingDependency(functionName, process.env);
    if (problem !== undefined) {
      throw new classes.Error(problem, 'LOCAL_STACK_MISSING');
    }
  }
}

/**
 * Ends the process. Functions keep connections for a next invocation, and their open sockets would keep the process alive
 * for minutes. The exit code is that of the framework: 1 if the function failed.
 */
async function endProcess(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.stdout.write('', () => resolve());
  });
  process.exit();
}
