import { existsSync } from 'node:fs';
import { EventSourceError } from '../errors.ts';

/**
 * Files of serverless-offline that its package does not export. What they do is not ours to write again: how a
 * handler is found and called, and what a function is told about itself.
 */
export interface ServerlessOfflineInternals {
  readonly defaultOptions: Readonly<Record<string, unknown>>;
  /** Those that it runs without Docker. */
  readonly runtimes: ReadonlySet<string>;
  /** Joins and substitutes what CloudFormation would. */
  readonly renderIntrinsicFunction: (input: unknown) => unknown;
  /** For the thread, which imports them itself. */
  readonly threadModules: ThreadModules;
}

export interface ThreadModules {
  readonly userFunction: string;
  readonly inProcessRunner: string;
  readonly lambdaContext: string;
}

/** Paths from the module that serverless-offline does export. */
const FILES = {
  defaultOptions: '../config/defaultOptions.js',
  supportedRuntimes: '../config/supportedRuntimes.js',
  renderIntrinsicFunction: '../utils/renderIntrinsicFunction.js',
  userFunction: './handler-runner/in-process-runner/aws-lambda-ric/UserFunction.js',
  inProcessRunner: './handler-runner/in-process-runner/InProcessRunner.js',
  lambdaContext: './LambdaContext.js',
};

/** @throws EventSourceError `invocation_failed` if this serverless-offline has its files elsewhere */
export async function importServerlessOfflineInternals(): Promise<ServerlessOfflineInternals> {
  const lambda = import.meta.resolve('serverless-offline/lambda');
  const urlOf = (file: keyof typeof FILES): string => {
    const url = new URL(FILES[file], lambda);
    if (!existsSync(url)) {
      throw new EventSourceError(
        'invocation_failed',
        `this version of serverless-offline is too new or too old for serverless-offline-kafka: no ${url.pathname}`,
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
