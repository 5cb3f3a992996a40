import { resolve } from 'node:path';
import type { CliOptions, Serverless } from '../serverless.ts';
import type { ServerlessOfflineInternals } from './serverless-offline-internals.ts';

/** serverless-offline's defaults. */
const DEFAULT_TIMEOUT_SECONDS = 6;
const DEFAULT_MEMORY_SIZE_MB = 1_024;
const DEFAULT_RUNTIME = 'nodejs20.x';

/** The settings of a function's thread. */
export interface FunctionSettings {
  readonly functionKey: string;
  readonly functionName: string;
  readonly handler: string;
  readonly servicePath: string;
  readonly memorySizeMb: number;
  readonly timeoutMs: number;
  /** Equal to `timeoutMs`; undefined with the option `noTimeout`. */
  readonly limitMs: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

export type OfflineOptions = Readonly<Record<string, unknown>>;

/** Returns serverless-offline's options. The command line overrides the service file. */
export const offlineOptions = (
  { service }: Serverless,
  cliOptions: CliOptions,
  defaults: OfflineOptions = {},
): OfflineOptions => ({ ...defaults, ...asRecord(service.custom?.['serverless-offline']), ...cliOptions });

export const runtimeOf = ({ service }: Serverless, functionKey: string): string =>
  service.getFunction(functionKey).runtime ?? service.provider.runtime ?? DEFAULT_RUNTIME;

/** Returns the timeout in milliseconds; undefined with the option `noTimeout`. */
export function timeLimitOf(
  { service }: Serverless,
  functionKey: string,
  options: OfflineOptions,
): number | undefined {
  return options.noTimeout ? undefined : timeoutOf(service, functionKey);
}

/** Returns whether a function runs in a thread of the plugin: Node.js, unless an option or a zip excludes it. */
export function runsInThread(serverless: Serverless, functionKey: string, options: OfflineOptions): boolean {
  const { service } = serverless;
  const definition = service.getFunction(functionKey);
  const runtime = runtimeOf(serverless, functionKey);
  const isZipped = Boolean(definition.package?.artifact ?? service.package?.artifact);
  return runtime.startsWith('nodejs') && !options.useInProcess && !options.useDocker && !isZipped;
}

export function readFunctionSettings(
  serverless: Serverless,
  functionKey: string,
  options: OfflineOptions,
  { renderIntrinsicFunction }: ServerlessOfflineInternals,
): FunctionSettings {
  const { service, config } = serverless;
  const { provider } = service;
  const definition = service.getFunction(functionKey);
  const { handler = '', name: functionName = functionKey } = definition;
  const memorySizeMb = definition.memorySize ?? provider.memorySize ?? DEFAULT_MEMORY_SIZE_MB;
  const environment = {
    ...inheritedEnvironment(options),
    ...lambdaEnvironment({ handler, functionName, memorySizeMb, region: provider.region }),
    ...asRecord(renderIntrinsicFunction(provider.environment)),
    ...asRecord(renderIntrinsicFunction(definition.environment)),
    IS_OFFLINE: 'true',
  };
  return {
    functionKey,
    functionName,
    handler,
    servicePath: resolve(config.servicePath, typeof options.location === 'string' ? options.location : ''),
    memorySizeMb,
    timeoutMs: timeoutOf(service, functionKey),
    limitMs: timeLimitOf(serverless, functionKey, options),
    environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, `${value}`])),
  };
}

function timeoutOf(service: Serverless['service'], functionKey: string): number {
  const { timeout = service.provider.timeout ?? DEFAULT_TIMEOUT_SECONDS } = service.getFunction(functionKey);
  return timeout * 1_000;
}

/** Returns the AWS_ variables of this process, or all variables with the option `localEnvironment`. */
function inheritedEnvironment({ localEnvironment }: OfflineOptions): Readonly<Record<string, unknown>> {
  return localEnvironment
    ? process.env
    : Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')));
}

interface LambdaDescription {
  readonly handler: string;
  readonly functionName: string;
  readonly memorySizeMb: number;
  readonly region: string | undefined;
}

/** The variables that serverless-offline sets for every function. A test compares them. */
const lambdaEnvironment = ({ handler, functionName, memorySizeMb, region }: LambdaDescription) => ({
  _HANDLER: handler,
  AWS_DEFAULT_REGION: region,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memorySizeMb,
  AWS_LAMBDA_FUNCTION_NAME: functionName,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
  AWS_LAMBDA_LOG_STREAM_NAME: '2016/12/02/[$LATEST]f77ff5e4026c45bda9a9ebcec6bc9cad',
  AWS_REGION: region,
  LAMBDA_RUNTIME_DIR: '/var/runtime',
  LAMBDA_TASK_ROOT: '/var/task',
  LANG: 'en_US.UTF-8',
  LD_LIBRARY_PATH:
    '/usr/local/lib64/node-v4.3.x/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  NODE_PATH: '/var/runtime:/var/task:/var/runtime/node_modules',
});

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
