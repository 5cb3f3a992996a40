import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { dashboard } from './grafana/dashboard.ts';
import { sloRules } from './slo/rules.ts';

/** The generated files by their path in this directory. */
export const generatedFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['grafana/orderly.json', `${JSON.stringify(dashboard(), null, 2)}\n`],
    ['slo.yml', `${sloHeader}${stringify(sloRules(), { lineWidth: 0 })}`],
  ]);

const sloHeader = `# Burn rates of the service level objectives and their alerts: docs/operations.md#service-level-objectives
# Generated from observability/slo/objectives.ts by "npm run dashboards".
`;

const pathOf = (name: string): string => join(import.meta.dirname, name);

/** Returns the paths of the files whose content differs from what is generated. */
export const outdatedFiles = (): string[] =>
  [...generatedFiles()].flatMap(([name, content]) => {
    const path = pathOf(name);
    return existsSync(path) && readFileSync(path, 'utf8') === content ? [] : [`observability/${name}`];
  });

/** Writes the files that are outdated, and returns their paths. */
export function writeFiles(): string[] {
  const outdated = outdatedFiles();
  for (const [name, content] of generatedFiles()) {
    if (outdated.includes(`observability/${name}`)) {
      writeFileSync(pathOf(name), content);
    }
  }
  return outdated;
}
