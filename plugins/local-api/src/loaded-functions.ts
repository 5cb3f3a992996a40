import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export type Handler = (event: unknown, context: unknown) => unknown;

/** A function that serverless-offline has run in this process. */
export interface LoadedFunction {
  readonly handler: Handler;
  /** The environment variables that differ between functions. */
  readonly identity: Readonly<Record<string, string | undefined>>;
}

/** By the name of the function on Lambda. */
export type LoadedFunctions = ReadonlyMap<string, LoadedFunction>;

/** The module of serverless-offline that loads a handler before each invocation. The package does not export it. */
const LOADER = './handler-runner/in-process-runner/aws-lambda-ric/UserFunction.js';

type Load = (root: string, handler: string) => Promise<Handler>;

/**
 * Replaces the loader of serverless-offline, which searches for the file of the handler before each invocation and compiles
 * TypeScript with tsx. The replacement loads a handler once and leaves TypeScript to Node. Call it before the first
 * invocation. Returns the functions that have run so far.
 * @throws Error if this version of serverless-offline has another loader
 */
export async function keepHandlers(
  lambdaUrl = import.meta.resolve('serverless-offline/lambda'),
): Promise<LoadedFunctions> {
  const lambda = fileURLToPath(lambdaUrl);
  const file = join(dirname(lambda), LOADER);
  const loader = existsSync(file) ? createRequire(lambda)(file) : undefined;
  if (typeof loader?.load !== 'function') {
    throw unsupported(lambda, `${file} has no function "load"`);
  }
  const functions = new Map<string, LoadedFunction>();
  loader.load = keptLoad(loader.load, functions);
  const { load } = await import(pathToFileURL(file).href);
  if (load !== loader.load) {
    throw unsupported(lambda, `${file} was imported before`);
  }
  return functions;
}

/** Returns the error for a version of serverless-offline whose internal modules differ. `lambda`: the path of its module. */
export function unsupported(lambda: string, reason: string): Error {
  const { version } = JSON.parse(readFileSync(join(dirname(lambda), '../../package.json'), 'utf8'));
  return new Error(`plugins/local-api does not support serverless-offline ${version}: ${reason}`);
}

function keptLoad(load: Load, functions: Map<string, LoadedFunction>): Load {
  const handlers = new Map<string, Promise<Handler>>();
  return async (root, path) => {
    // serverless-offline has just set the environment of the function; another invocation may change it while this one waits.
    const identity = functionIdentity();
    let loading = handlers.get(path);
    if (loading === undefined) {
      loading = importHandler(path).then((handler) => handler ?? load(root, path));
      handlers.set(path, loading);
    }
    const handler = await loading;
    functions.set(identity.AWS_LAMBDA_FUNCTION_NAME ?? '', { handler, identity });
    return handler;
  };
}

const functionIdentity = (): Record<string, string | undefined> => {
  const { _HANDLER, AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, AWS_LAMBDA_LOG_GROUP_NAME } =
    process.env;
  return { _HANDLER, AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, AWS_LAMBDA_LOG_GROUP_NAME };
};

/** Imports `folder/module.name` from `folder/module.ts`. Returns undefined unless it exists and exports the handler. */
async function importHandler(path: string): Promise<Handler | undefined> {
  const [module = '', name = ''] = basename(path).split('.');
  const file = join(dirname(path), `${module}.ts`);
  const exports = existsSync(file) ? await import(pathToFileURL(file).href) : {};
  return typeof exports[name] === 'function' ? exports[name] : undefined;
}
