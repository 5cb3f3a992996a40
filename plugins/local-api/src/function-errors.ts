import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { unsupported } from './loaded-functions.ts';
import type { Log } from './serverless.ts';

/** The class of serverless-offline that runs all functions. The package does not export it. */
const LAMBDA_FUNCTION = './LambdaFunction.js';

interface LambdaFunction {
  readonly functionName: string;
  runHandler(): Promise<unknown>;
}

/** Set in a request of the API. Other callers of a function, such as event sources, need its error. */
const apiRequest = new AsyncLocalStorage<true>();

/** Marks the running request as one of the API, for all that serverless-offline does to answer it. */
export const markApiRequest = (): void => apiRequest.enterWith(true);

/** The answer of API Gateway. */
const internalServerError = {
  statusCode: 500,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: 'Internal Server Error' }),
};

/**
 * Makes serverless-offline answer a marked request as API Gateway does if the function fails, times out or cannot be loaded.
 * Without it, the answer is a 200 with the stack trace. serverless-offline itself logs the error of a handler.
 * @throws Error if this version of serverless-offline has another class
 */
export async function hideFunctionErrors(
  log: Log,
  lambdaUrl = import.meta.resolve('serverless-offline/lambda'),
): Promise<void> {
  const file = new URL(LAMBDA_FUNCTION, lambdaUrl);
  const prototype: LambdaFunction | undefined = existsSync(file)
    ? (await import(file.href)).default?.prototype
    : undefined;
  const run = prototype?.runHandler;
  if (prototype === undefined || typeof run !== 'function') {
    throw unsupported(fileURLToPath(lambdaUrl), `${file.pathname} has no method "runHandler"`);
  }
  prototype.runHandler = async function (this: LambdaFunction): Promise<unknown> {
    try {
      return await run.call(this);
    } catch (error) {
      if (apiRequest.getStore() === undefined) {
        throw error;
      }
      log.error(`${this.functionName} failed: ${Error.isError(error) ? error.message : error}`);
      return internalServerError;
    }
  };
}
