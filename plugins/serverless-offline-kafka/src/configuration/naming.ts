import { createHash } from 'node:crypto';
import type { Service } from '../serverless.ts';

/**
 * Returns the key of the function in a mapping's `FunctionName`: a name or an ARN, with or without an alias or version.
 * Returns undefined if the function does not belong to this service.
 */
export function referencedFunction(functionName: unknown, service: Service): string | undefined {
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

/**
 * Returns the CloudFormation logical id that osls gives to the mapping of an `msk` event, so that
 * `resources.extensions.<LogicalId>` works as in a deployment (osls: `lib/plugins/aws/lib/naming.js`).
 */
export function mskLogicalId(functionKey: string, clusterName: string, topic: string): string {
  const cluster = alphanumeric(clusterName).slice(0, 79);
  return `${functionName(functionKey)}EventSourceMappingMSK${cluster}${alphanumeric(topic).slice(0, 79)}`;
}

/** Returns the logical id of the mapping of a `kafka` event. */
export function kafkaLogicalId(functionKey: string, topic: string): string {
  return `${functionName(functionKey)}EventSourceMappingKafka${alphanumeric(topic).slice(0, 158)}`;
}

/** Returns the logical id of a function. */
export const lambdaLogicalId = (functionKey: string): string => `${functionName(functionKey)}LambdaFunction`;

/**
 * Returns the default consumer group of a mapping. Lambda uses the mapping's UUID. Here it is a version 5 UUID of the stack
 * and the logical id, so that it is the same at each start.
 */
export function defaultConsumerGroupId(stack: string, logicalId: string): string {
  const hash = createHash('sha1').update(`${stack}/${logicalId}`).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const upperFirst = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const alphanumeric = (name: string): string => upperFirst(name.replace(/[^0-9A-Za-z]/g, ''));
const functionName = (key: string): string =>
  upperFirst(key.replaceAll('-', 'Dash').replaceAll('_', 'Underscore'));
