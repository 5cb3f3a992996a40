import { readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Problem } from '../configuration/problem.ts';
import type { Serverless } from '../serverless.ts';
import { type OfflineOptions, runsInThread, runtimeOf } from './function-settings.ts';

/** `folder/module.export`, without `..`. */
const HANDLER = /^(?!.*\.\.)(.*\/)?[^./]+\.[^/]+$/;

/** Returns the functions that cannot run on this machine, with the reason. Each problem prevents the start. */
export function unsupportedFunctions(
  serverless: Serverless,
  { options, runtimes }: { options: OfflineOptions; runtimes: ReadonlySet<string> },
  functionKeys: readonly string[],
): Problem[] {
  return functionKeys.flatMap((functionKey): Problem[] => {
    const { handler, image } = serverless.service.getFunction(functionKey);
    const runtime = runtimeOf(serverless, functionKey);
    const problem = (setting: string, message: string): Problem[] => [
      { path: ['functions', functionKey, setting], message },
    ];
    if (image !== undefined) {
      return problem('image', 'a container image cannot run locally; disable its Kafka mappings here');
    }
    if (handler === undefined) {
      return problem('handler', 'is missing');
    }
    if (isScript(runtime) && !HANDLER.test(handler)) {
      return problem('handler', `must be a file and an export, such as work.handler, not ${handler}`);
    }
    const isKnown = runtimes.has(runtime) || runsInThread(serverless, functionKey, options);
    return isKnown || options.useDocker
      ? []
      : problem('runtime', `serverless-offline does not run ${runtime} without --useDocker`);
  });
}

/** Returns a warning for each function whose file is missing. A build can still create it later. */
export function missingModules(
  serverless: Serverless,
  options: OfflineOptions,
  functionKeys: readonly string[],
): string[] {
  const location = typeof options.location === 'string' ? options.location : '';
  const folder = resolve(serverless.config.servicePath, location);
  const { service } = serverless;
  return functionKeys.flatMap((functionKey) => {
    const { handler = '', package: own } = service.getFunction(functionKey);
    const isZipped = Boolean(own?.artifact ?? service.package?.artifact);
    const module = handler.replace(/\.[^/]*$/, '');
    return isZipped || !isScript(runtimeOf(serverless, functionKey)) || hasModule(resolve(folder, module))
      ? []
      : [
          `functions.${functionKey}.handler: there is no ${module}.* in ${folder}; invocations fail until it exists`,
        ];
  });
}

/** Returns whether the handler of a runtime is the name of a file. */
const isScript = (runtime: string): boolean => /^(nodejs|python|ruby)/.test(runtime);

function hasModule(path: string): boolean {
  try {
    return readdirSync(dirname(path)).some((name) => name.replace(/\.[^.]*$/, '') === basename(path));
  } catch {
    return false;
  }
}
