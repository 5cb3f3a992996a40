import type { Service } from '../serverless.ts';
import { lambdaLogicalId } from './logical-id.ts';

/**
 * The key of the function that a mapping's `FunctionName` means: a reference to osls' logical id in whatever form, the
 * function's name, or its ARN, with or without an alias or version. Undefined if it is none of this service.
 */
export function referredFunction(functionName: unknown, service: Service): string | undefined {
  const keys = service.getAllFunctions();
  if (typeof functionName === 'string') {
    const name = functionName.replace(/^.*:function:/, '').replace(/:[^:]*$/, '');
    return keys.find((key) => service.getFunction(key).name === name);
  }
  const names = new Set(JSON.stringify(functionName ?? '').split(/[^0-9A-Za-z]+/));
  return keys.find((key) => names.has(lambdaLogicalId(key)));
}
