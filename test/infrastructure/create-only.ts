import { join } from 'node:path';
import type { ResourceSchema } from '../deployment/aws-definitions.ts';
import type { Resources } from '../support/service-copy.ts';

/** The values of the last release. */
export const CREATE_ONLY_FILE = join(import.meta.dirname, 'create-only.json');

/** Resource types that hold data, and the types to which those are bound permanently. */
const lasting: ReadonlySet<string> = new Set([
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::EC2::VPC',
  'AWS::KMS::Key',
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
  'AWS::MSK::Topic',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBProxy',
  'AWS::RDS::DBSubnetGroup',
]);

/**
 * Returns the properties with values, by resource, that CloudFormation can change only by replacing the resource. A
 * change of the logical id replaces the resource too.
 */
export const createOnlyValues = (
  resources: Resources,
  schemaOf: (type: string) => ResourceSchema,
): Record<string, Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
      if (!lasting.has(Type)) {
        return [];
      }
      const values = schemaOf(Type).createOnlyProperties.flatMap((pointer) => {
        const path = pointer.replace('/properties/', '');
        const value = path.split('/').reduce<unknown>((inner, key) => Object(inner)[key], Properties);
        return value === undefined ? [] : [[path, value] as const];
      });
      return [[id, { Type, ...Object.fromEntries(values) }]];
    }),
  );
