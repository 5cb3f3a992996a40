import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { CREATE_ONLY_FILE, createOnlyValues } from '../infrastructure/create-only.ts';
import { openPackaged, packagedTemplates, packageVariant } from '../support/packaged-templates.ts';
import { pythonTool } from '../support/python-tools.ts';
import { readSchemas } from './aws-definitions.ts';
import { policiesFor, policyFile } from './ci-role/deployment-policies.ts';

// Writes the files derived from the packaged templates: the policies of deployment/ci-role/, and the properties of the
// infrastructure that cannot be changed in place.
const [cfnLint, checkov] = await Promise.all([pythonTool('cfn-lint'), pythonTool('checkov')]);
if (cfnLint === undefined || checkov === undefined) {
  throw new Error('The definitions of AWS come with cfn-lint and checkov, which need Python 3.9 or newer.');
}
using copies = new DisposableStack();
const templates = await packagedTemplates(async (name) => openPackaged(name, await packageVariant(name)));
for (const { service } of Object.values(templates)) {
  copies.use(service);
}
const write = (file: string, value: unknown): void => {
  writeFileSync(file, JSON.stringify(value));
  execFileSync('node_modules/.bin/biome', ['format', '--write', file]);
};

for (const [name, policy] of Object.entries(policiesFor(templates, { cfnLint, checkov }))) {
  write(policyFile(name), policy);
}
write(CREATE_ONLY_FILE, createOnlyValues(templates.infrastructure.template.Resources, readSchemas(cfnLint)));
