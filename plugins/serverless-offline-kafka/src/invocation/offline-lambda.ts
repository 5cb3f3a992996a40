import type Lambda from 'serverless-offline/lambda';
import * as z from 'zod';
import { EventSourceError, messageOf } from '../errors.ts';
import type { Serverless } from '../serverless.ts';
import type { OfflineOptions } from './function-settings.ts';
import { responseJson } from './response-json.ts';

interface OfflineInvocation {
  readonly functionKey: string;
  readonly event: string;
  readonly limitMs: number | undefined;
}

/**
 * serverless-offline's own runner, for what does not run in a thread of ours: functions in process, in Docker, in
 * other languages, or from a zip. It sees less of how a function ends.
 */
export class OfflineLambda {
  readonly #lambda: Lambda;
  readonly #options: OfflineOptions;
  readonly #rejectors = new Set<(error: EventSourceError) => void>();

  static async create(serverless: Serverless, options: OfflineOptions): Promise<OfflineLambda> {
    // imported only here: it brings serverless-offline's whole HTTP server along
    const { default: LambdaClass } = await import('serverless-offline/lambda');
    // its own timeout would leave a timer behind after every invocation
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

  /** As `FunctionInvoker.invoke`, but for a crash, which is seen as a timeout or not at all. */
  run({ functionKey, event, limitMs }: OfflineInvocation): Promise<unknown> {
    const instance = this.#lambda.get(functionKey);
    instance.setEvent(JSON.parse(event));
    return new Promise((resolve, reject) => {
      const expire = async (): Promise<void> => {
        await instance.cleanup().catch(() => undefined); // it says itself what is wrong with Docker
        instance.setEvent(undefined); // serverless-offline keeps the instance, for ever busy
        reject(new EventSourceError('function_timed_out', `timed out after ${(limitMs ?? 0) / 1_000} s`));
      };
      const timer = limitMs === undefined ? undefined : setTimeout(expire, limitMs);
      this.#rejectors.add(reject);
      instance
        .runHandler()
        .then(
          (answer) => this.#payloadOf(answer),
          (error) => Promise.reject(this.#errorOf(error)),
        )
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          this.#rejectors.delete(reject);
        });
    });
  }

  /** What still runs fails with `invocation_failed`. */
  async close(): Promise<void> {
    for (const reject of this.#rejectors) {
      reject(new EventSourceError('invocation_failed', 'the event source has stopped'));
    }
    await this.#lambda.cleanup();
  }

  #payloadOf(answer: unknown): unknown {
    return this.#options.useDocker ? dockerPayload(answer) : JSON.parse(responseJson(answer));
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
    // a function's error comes as an answer
    return error instanceof SyntaxError
      ? new EventSourceError('invalid_answer', `its answer is not JSON: ${message}`, options)
      : new EventSourceError('invocation_failed', message, options);
  }
}

/** How the runtime interface emulator in Lambda's images reports an error: as an answer, with status 200. */
const reportedError = z.object({ errorType: z.string(), errorMessage: z.string() });

/**
 * The payload of a function that has run in Docker.
 * @throws EventSourceError `function_failed`, `function_crashed`
 */
export function dockerPayload(answer: unknown): unknown {
  const { success, data } = reportedError.safeParse(answer);
  if (!success) {
    return answer ?? null;
  }
  const { errorType, errorMessage } = data;
  const code = errorType === 'Runtime.ExitError' ? 'function_crashed' : 'function_failed';
  throw new EventSourceError(code, errorMessage, {
    cause: Object.assign(new Error(errorMessage), { name: errorType }),
  });
}
