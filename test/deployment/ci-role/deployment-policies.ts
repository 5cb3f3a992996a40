import { join } from 'node:path';
import type { PackagedTemplates } from '../../support/packaged-templates.ts';
import type { Resources } from '../../support/service-copy.ts';
import { readActions, readSchemas } from '../aws-definitions.ts';
import { calledActions } from './calls.ts';
import { type Policy, policyFor } from './policies.ts';

const CI_ROLE = join(import.meta.dirname, '../../../deployment/ci-role');

export const policyFile = (name: string): string => join(CI_ROLE, `${name}.json`);

/**
 * Returns the policies for deployments: the first for the application, and the second, in addition, for the
 * infrastructure.
 */
export function policiesFor(
  { application, setup, ...infrastructure }: PackagedTemplates,
  programs: { readonly cfnLint: string; readonly checkov: string },
): Readonly<Record<'application' | 'infrastructure', Policy>> {
  const sources = {
    schemaOf: readSchemas(programs.cfnLint),
    definitionOf: readActions(programs.checkov),
    called: calledActions(),
  };
  const first = policyFor(resourcesOf([application, setup]), sources);
  return {
    application: first,
    infrastructure: policyFor(
      resourcesOf(Object.values(infrastructure)),
      { ...sources, called: new Set() },
      first,
    ),
  };
}

const resourcesOf = (templates: readonly { template: { Resources: Resources } }[]): Resources[string][] =>
  templates.flatMap(({ template }) => Object.values(template.Resources));
