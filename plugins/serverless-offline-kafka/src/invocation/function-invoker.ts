import { EventSourceError } from '../errors.ts';
import type { CliOptions, Serverless } from '../serverless.ts';

export interface FunctionInvoker {
  /**
   * Invokes a function once with an event in JSON. Rejects with the function's error, and with
   * `function_timed_out` when the function's timeout has passed.
   */
  invoke(functionKey: string, event: string): Promise<void>;
  /** Ends the functions' threads. */
  close(): Promise<void>;
}

/** serverless-offline's, for a function that declares none. */
const DEFAULT_TIMEOUT_SECONDS = 6;

/**
 * Runs functions with serverless-offline's own runner and by its options: in threads, in process or in Docker.
 * Each running invocation has an instance of the function for itself, as on Lambda, and instances are reused.
 */
export async function createFunctionInvoker(
  serverless: Serverless,
  cliOptions: CliOptions,
): Promise<FunctionInvoker> {
  // imported only here: every command of the framework loads the plugin, and few invoke functions
  const { default: Lambda } = await import('serverless-offline/lambda');
  const { service } = serverless;
  const options = { ...asRecord(service.custom?.['serverless-offline']), ...cliOptions };
  // its own timeout would leave a timer behind after every invocation
  const lambda = new Lambda(serverless, { ...options, noTimeout: true });
  lambda.create(
    service.getAllFunctions().map((functionKey) => ({
      functionKey,
      functionDefinition: service.getFunction(functionKey),
    })),
  );

  return {
    invoke: async (functionKey, event) => {
      const { timeout = service.provider.timeout ?? DEFAULT_TIMEOUT_SECONDS } =
        service.getFunction(functionKey);
      const instance = lambda.get(functionKey);
      instance.setEvent(JSON.parse(event));
      const run = instance.runHandler();
      if (options.noTimeout) {
        await run;
        return;
      }
      const endThread = async (): Promise<void> => {
        await instance.cleanup();
        instance.setEvent(undefined); // serverless-offline keeps the instance, for ever busy
      };
      await withTimeout(run, timeout, endThread);
    },
    close: () => lambda.cleanup(),
  };
}

/** Waits for `run`; after the timeout calls `expire` and throws. A timeout is an error of the function. */
async function withTimeout(
  run: Promise<unknown>,
  timeoutSeconds: number,
  expire: () => Promise<void>,
): Promise<void> {
  const { promise: timedOut, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new EventSourceError('function_timed_out', `timed out after ${timeoutSeconds} s`);
    expire().then(() => reject(error), reject);
  }, timeoutSeconds * 1_000);
  try {
    await Promise.race([run, timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
