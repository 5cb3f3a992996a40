import { findMisfit } from './event-kind.ts';
import type { CliOptions, Serverless } from './serverless.ts';

/** The plugin: `serverless invoke local` against the local stack. */
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

  /** At this point the process has the function's environment from serverless.yml and `--env`. */
  async #prepare(): Promise<void> {
    const { service, classes } = this.#serverless;
    const { function: functionName = '', data } = this.#options;
    const misfit = findMisfit(functionName, service.getFunction(functionName), data);
    if (misfit !== undefined) {
      throw new classes.Error(misfit, 'WRONG_EVENT');
    }
    if (service.provider.stage !== 'local') {
      return;
    }
    const { findObstacle } = await import('./required-server.ts');
    const obstacle = await findObstacle(functionName, process.env);
    if (obstacle !== undefined) {
      throw new classes.Error(obstacle, 'LOCAL_STACK_MISSING');
    }
  }
}

/**
 * Functions keep their connections for the next invocation. Here none comes, and an open socket would keep
 * the process alive for minutes; so it ends as one on Lambda does, without a word to the function. The exit
 * code is the framework's: 1 when the function failed.
 */
async function endProcess(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.stdout.write('', () => resolve());
  });
  process.exit();
}
