import type { Service } from '../serverless.ts';

/**
 * The key of the function that a mapping's `FunctionName` means: a name or an ARN, with or without an alias or version.
 * Undefined if it is none of this service.
 */
export function referredFunction(functionName: unknown, service: Service): string | undefined {
  if (typeof functionName !== 'string') {
    return undefined;
  }
  const [name = ''] = functionName.replace(/^.*:function:/, '').split(':');
  return service.getAllFunctions().find((key) => functionNameOf(service, key) === name);
}

/** The name that a function has in a deployment: its own, or that of osls. */
export const functionNameOf = (service: Service, functionKey: string): string =>
  service.getFunction(functionKey).name ??
  `${service.service}-${service.provider.stage ?? 'dev'}-${functionKey}`;
