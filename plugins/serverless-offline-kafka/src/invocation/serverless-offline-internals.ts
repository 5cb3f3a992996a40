import { existsSync } from 'node:fs';
import { EventSourceError } from '../errors.ts';

/**
 * Modules of serverless-offline that its package does not export. The plugin uses them to find and call handlers, and to
 * create the context and the environment of a function, exactly as serverless-offline does.
 */
export interface ServerlessOfflineInternals {
  readonly defaultOptions: Readonly<Record<string, unknown>>;
  /** The runtimes that serverless-offline runs without Docker. */
  readonly runtimes: ReadonlySet<string>;
  /** Evaluates `Fn::Join` and `Fn::Sub` as serverless-offline does. */
  readonly renderIntrinsicFunction: (input: unknown) => unknown;
  /** URLs of modules that the thread imports. */
  readonly threadModules: ThreadModules;
}

export interface ThreadModules {
  readonly userFunction: string;
  readonly inProcessRunner: string;
  readonly lambdaContext: string;
}

/** Paths relative to the exported module `serverless-offline/lambda`. */
const FILES = {
  defaultOptions: '../config/defaultOptions.js',
  supportedRuntimes: '../config/supportedRuntimes.js',
  renderIntrinsicFunction: '../utils/renderIntrinsicFunction.js',
  userFunction: './handler-runner/in-process-runner/aws-lambda-ric/UserFunction.js',
  inProcessRunner: './handler-runner/in-process-runner/InProcessRunner.js',
  lambdaContext: './LambdaContext.js',
};

/** @throws EventSourceError `invocation_failed` if this version of serverless-offline has other paths */
export async function importServerlessOfflineInternals(): Promise<ServerlessOfflineInternals> {
  const lambda = import.meta.resolve('serverless-offline/lambda');
  const urlOf = (file: keyof typeof FILES): string => {
    const url = new URL(FILES[file], lambda);
    if (!existsSync(url)) {
      throw new EventSourceError(
        'invocation_failed',
        `serverless-offline-kafka does not support this version of serverless-offline: there is no ${url.pathname}`,
      );
    }
    return url.href;
  };
  const { default: defaultOptions } = await import(urlOf('defaultOptions'));
  const { supportedGo, supportedJava, supportedNodejs, supportedPython, supportedRuby } = await import(
    urlOf('supportedRuntimes')
  );
  const { default: renderIntrinsicFunction } = await import(urlOf('renderIntrinsicFunction'));
  return {
    defaultOptions,
    runtimes: new Set([
      ...supportedGo,
      ...supportedJava,
      ...supportedNodejs,
      ...supportedPython,
      ...supportedRuby,
    ]),
    renderIntrinsicFunction,
    threadModules: {
      userFunction: urlOf('userFunction'),
      inProcessRunner: urlOf('inProcessRunner'),
      lambdaContext: urlOf('lambdaContext'),
    },
  };
}
