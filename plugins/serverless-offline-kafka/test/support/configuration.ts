import type { MappingDefinition } from '../../src/configuration/mapping-definition.ts';
import { readOptions } from '../../src/configuration/options.ts';
import type { Problem } from '../../src/configuration/problem.ts';
import { readMappings } from '../../src/configuration/read-mappings.ts';
import type { Service } from '../../src/serverless.ts';
import { aService, CLUSTER_ARN } from './service.ts';

/** The logical id of the mapping of `anMskEvent`. */
export const LOGICAL_ID = 'WorkEventSourceMappingMSKOrdersOrders';

export const anMskEvent = (parts: Readonly<Record<string, unknown>> = {}) => ({
  msk: { arn: CLUSTER_ARN, topic: 'orders', ...parts },
});

export const aKafkaEvent = (parts: Readonly<Record<string, unknown>> = {}) => ({
  kafka: {
    topic: 'orders',
    bootstrapServers: ['broker.example.com:9092'],
    accessConfigurations: { vpcSubnet: ['subnet-1'], vpcSecurityGroup: ['sg-1'] },
    ...parts,
  },
});

export interface Read {
  readonly definitions: readonly MappingDefinition[];
  /** Lines that start with the path. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly notices: readonly string[];
}

/** Reads a service with these options under `custom`. */
export function read(service: Service, options: Readonly<Record<string, unknown>> = {}): Read {
  const given = readOptions({
    custom: { 'serverless-offline-kafka': options },
    cliOptions: {},
    environment: {},
    serviceDir: import.meta.dirname,
    functionKeys: service.getAllFunctions(),
  });
  const { definitions, problems, warnings, notices } = readMappings(service, given.options);
  return {
    definitions,
    problems: [...given.problems, ...problems].map(line),
    warnings: warnings.map(line),
    notices: notices.map(line),
  };
}

/** Reads a service with one `msk` event that these properties extend. */
export function readExtended(
  Properties: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> = {},
  event: Readonly<Record<string, unknown>> = {},
): Read {
  const service = aService(
    { work: [anMskEvent(event)] },
    { resources: { extensions: { [LOGICAL_ID]: { Properties } } } },
  );
  return read(service, options);
}

/** Returns the only definition. */
export function only({ definitions, problems }: Read): MappingDefinition {
  const [definition, ...others] = definitions;
  if (!definition || others.length > 0 || problems.length > 0) {
    throw new Error(`${definitions.length} definitions; ${problems.join('; ')}`);
  }
  return definition;
}

const line = ({ path, message }: Problem): string => `${path.join('.')}: ${message}`;
