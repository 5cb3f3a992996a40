import type Lambda from 'serverless-offline/lambda';
import * as z from 'zod';
import { EventSourceError, messageOf } from '../errors.ts';
import type { Serverless } from '../serverless.ts';
import type { OfflineOptions } from './function-settings.ts';
import { responseJson } from './response-json.ts';

interface OfflineInvocation {
  readonly functionKey: string;
  /** Can be serialised as JSON. The function gets the object itself, without a copy. */
  readonly event: object;
  readonly limitMs: number | undefined;
}

/**
 * Runs functions with serverless-offline's runner, if they cannot run in the plugin's threads: functions in process, in
 * Docker, in other languages or from a zip. It reports fewer kinds of failures.
 */
export class OfflineLambda {
  readonly #lambda: Lambda;
  readonly #options: OfflineOptions;
  readonly #rejectors = new Set<(error: EventSourceError) => void>();

  static async create(serverless: Serverless, options: OfflineOptions): Promise<OfflineLambda> {
    // Imported lazily: it loads the whole HTTP server of serverless-offline.
    const { default: LambdaClass } = await import('serverless-offline/lambda');
    // Its own timeout leaves a timer behind after every invocation.
    const lambda = new LambdaClass(serverless, { ...options, noTimeout: true });
    const { service } = serverless;
    lambda.create(
      service.getAllFunctions().map((functionKey) => ({
        functionKey,
        functionDefinition: service.getFunction(functionKey),
      })),
    );
    return new OfflineLambda(lambda, options);
  }

  private constructor(lambda: Lambda, options: OfflineOptions) {
    this.#lambda = lambda;
    this.#options = options;
  }

  /** Behaves as `FunctionInvoker.invoke`. A crash appears as a timeout or not at all. */
  run({ functionKey, event, limitMs }: OfflineInvocation): Promise<unknown> {
    const instance = this.#lambda.get(functionKey);
    instance.setEvent(event);
    return new Promise((resolve, reject) => {
      const expire = async (): Promise<void> => {
        await instance.cleanup().catch(() => undefined); // it logs errors of Docker itself
        instance.setEvent(undefined); // serverless-offline keeps the instance as busy for ever
        reject(new EventSourceError('function_timed_out', `timed out after ${(limitMs ?? 0) / 1_000} s`));
      };
      const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
      this.#rejectors.add(reject);
      instance
        .runHandler()
        .then(
          (response) => this.#payloadOf(response),
          (error) => Promise.reject(this.#errorOf(error)),
        )
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          this.#rejectors.delete(reject);
        });
    });
  }

  /** Running invocations fail with `invocation_failed`. */
  async close(): Promise<void> {
    for (const reject of this.#rejectors) {
      reject(new EventSourceError('invocation_failed', 'the event source has stopped'));
    }
    await this.#lambda.cleanup();
  }

  #payloadOf(response: unknown): unknown {
    return this.#options.useDocker ? dockerPayload(response) : JSON.parse(responseJson(response));
  }

  #errorOf(error: unknown): EventSourceError {
    const message = messageOf(error);
    const options = { cause: error };
    if (message === 'Unsupported runtime') {
      return new EventSourceError('invocation_failed', message, options);
    }
    if (!this.#options.useDocker) {
      return new EventSourceError('function_failed', message, options);
    }
    // With Docker, an error of the function is a response.
    return error instanceof SyntaxError
      ? new EventSourceError('invalid_answer', `the response is not JSON: ${message}`, options)
      : new EventSourceError('invocation_failed', message, options);
  }
}

/** The runtime interface emulator of Lambda's images reports an error as a response with status 200. */
const reportedError = z.object({ errorType: z.string(), errorMessage: z.string() });

/**
 * Returns the payload of a function that has run in Docker.
 * @throws EventSourceError `function_failed`, `function_crashed`
 */
export function dockerPayload(response: unknown): unknown {
  const { success, data } = reportedError.safeParse(response);
  if (!success) {
    return response ?? null;
  }
  const { errorType, errorMessage } = data;
  const code = errorType === 'Runtime.ExitError' ? 'function_crashed' : 'function_failed';
  throw new EventSourceError(code, errorMessage, {
    cause: Object.assign(new Error(errorMessage), { name: errorType }),
  });
}
