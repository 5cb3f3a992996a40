import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { pythonTool } from '../support/python-tools.ts';
import { copyService, type Ended, type ServiceCopy } from '../support/service-copy.ts';
import { preparationArguments } from './preparation-arguments.ts';

const INSTALLING_MS = 300_000;
const CHECKING_MS = 120_000;
/** osls names a dependency that CloudFormation would find by itself. */
const OF_THE_FRAMEWORK = 'W3005';

const [cfnLint, checkov] = await Promise.all([pythonTool('cfn-lint'), pythonTool('checkov')]);
const withPython = (cfnLint && checkov) || process.env.CI ? describe : describe.skip; // nobody reads the line there
if (!cfnLint || !checkov) {
  process.stderr.write('SKIPPED: the templates are not checked, because there is no Python 3.9 or newer.\n');
}

const report = z.object({
  results: z.object({ failed_checks: z.array(z.object({ check_id: z.string() })) }),
});

let service: ServiceCopy;
/** The packaged templates: the stacks, and the infrastructure in each of its forms. */
let templates: Record<string, string> = {};

withPython('the templates', () => {
  beforeAll(async () => {
    service = copyService();
    templates = {
      application: await packageApplication(),
      preparation: await packagePreparation(),
      infrastructure: await packageInfrastructure(),
      'a test stage': await packageInfrastructure('--param=test=true'),
      serverless: await packageInfrastructure('--param=kafka=serverless'),
    };
  }, INSTALLING_MS);

  afterAll(() => service[Symbol.dispose]());

  test(
    'cfn-lint has nothing to say',
    async () => {
      const files = Object.values(templates).flatMap((file) => ['--template', file]);

      await expect(run(cfnLint, ['--ignore-checks', OF_THE_FRAMEWORK, ...files])).resolves.toBe('');
    },
    CHECKING_MS,
  );

  test(
    'checkov finds what docs/security.md names with a reason, and nothing else',
    async () => {
      const found = await Promise.all(
        ['application', 'preparation', 'infrastructure'].map(async (name) => {
          const output = await run(checkov, [
            ...['--file', templates[name] ?? '', '--framework', 'cloudformation'],
            ...['--output', 'json', '--soft-fail', '--quiet', '--skip-download'],
          ]);
          return report.parse(JSON.parse(output)).results.failed_checks.map(({ check_id }) => check_id);
        }),
      );

      const page = readFileSync('docs/security.md', 'utf8');
      const named = [...page.matchAll(/^\| `(CKV_\w+)` \|/gm)].map(([, id]) => id);
      expect([...new Set(found.flat())].sort()).toEqual(named.sort());
    },
    CHECKING_MS,
  );
});

const packageApplication = (): Promise<string> => keep('.', service.npmRunPackage());

const packagePreparation = (): Promise<string> =>
  keep('.', service.serverless(['package', ...preparationArguments]));

const packageInfrastructure = (...parameters: string[]): Promise<string> =>
  keep('infrastructure', service.serverless(['package', '--stage', 'prod', ...parameters], 'infrastructure'));

/** A copy of the template: the next packaging in this folder replaces it. */
async function keep(folder: string, packaging: Promise<Ended>): Promise<string> {
  const { exitCode, output } = await packaging;
  if (exitCode !== 0) {
    throw new Error(output);
  }
  const file = join(service.directory, `template-${randomUUID()}.json`);
  copyFileSync(service.templateFile(folder), file);
  return file;
}

const run = async (program: string | undefined, args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(program ?? '', args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
};
