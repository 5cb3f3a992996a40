import type { Service } from '../serverless.ts';

/**
 * Returns the key of the function that a mapping's `FunctionName` refers to: a name or an ARN, with or without an alias or
 * version. Undefined if the function does not belong to this service.
 */
export function referredFunction(functionName: unknown, service: Service): string | undefined {
  if (typeof functionName !== 'string') {
    return undefined;
  }
  const [name = ''] = functionName.replace(/^.*:function:/, '').split(':');
  return service.getAllFunctions().find((key) => functionNameOf(service, key) === name);
}

/** Returns the name that a function has in a deployment: a configured one, or the one that osls generates. */
export const functionNameOf = (service: Service, functionKey: string): string =>
  service.getFunction(functionKey).name ??
  `${service.service}-${service.provider.stage ?? 'dev'}-${functionKey}`;
