import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { PROJECT_ROOT } from '../../local/settings.ts';
import type { Target } from '../options.ts';
import { packageDirectory } from '../stack/package.ts';
import { parameterArguments } from '../stack/parameters.ts';
import { application, infrastructure, type Service, setup } from '../stack/services.ts';

const CLI = join(PROJECT_ROOT, 'node_modules/serverless/bin/serverless.js');

/** Runs a command of the framework for a service and a stage. */
export type RunServerless = (
  command: 'package' | 'deploy' | 'remove',
  service: Service,
  target: Target,
  args: readonly string[],
) => Promise<void>;

/**
 * Runs the framework in a child process with the output streams of this one. Ctrl-C reaches the child, and SIGTERM is passed
 * on to it: the child exits, and then this call returns.
 * @throws OrderlyError if the child fails; its output contains the reason.
 */
export const runServerless: RunServerless = async (command, { directory, file }, target, args) => {
  const configuration = file === undefined ? [] : ['-c', file]; // the framework ignores it before the command
  const child = spawn(
    process.execPath,
    [CLI, command, ...configuration, '--stage', target.stage, '--region', target.region, ...args],
    { cwd: join(PROJECT_ROOT, directory), stdio: 'inherit' },
  );
  const ignoreSignal = (): void => undefined;
  const endChild = (): boolean => child.kill('SIGTERM');
  process.on('SIGINT', ignoreSignal);
  process.on('SIGTERM', endChild);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) {
      throw new OrderlyError(
        'deployment',
        `"serverless ${command}" failed with ${signal ?? code}; see its output above.`,
      );
    }
  } finally {
    process.off('SIGINT', ignoreSignal);
    process.off('SIGTERM', endChild);
  }
};

/**
 * Checks that the `.env` files of the services contain no credentials. The framework reads these files and this command does
 * not, so the framework could use another account than the one that this command checks and prints. Call it first.
 * @throws OrderlyError that names the file and the variable.
 */
export function assertOneAccount({ stage }: Target): void {
  for (const { directory } of [application, infrastructure]) {
    for (const file of [`.env.${stage}`, '.env']) {
      const path = join(PROJECT_ROOT, directory, file);
      const isThere = statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
      const names = isThere ? Object.keys(parseEnv(readFileSync(path, 'utf8'))) : [];
      const unknown = names.find((name) => name.startsWith('AWS_') && !process.env[name]);
      if (unknown !== undefined) {
        throw new OrderlyError(
          'deployment',
          `${path} sets ${unknown}, which the framework would use but this command does not: it may belong to another account. Remove it from the file, or export it.`,
        );
      }
    }
  }
}

/** Packages the setup and the application. @throws OrderlyError when a parameter is missing. */
export async function packageServices(
  target: Target,
  parameters: ReadonlyMap<string, string>,
  serverless: RunServerless,
): Promise<void> {
  for (const service of [setup, application]) {
    const directory = packageDirectory(service, target);
    await rm(directory, { recursive: true, force: true });
    await serverless('package', service, target, ['--package', directory, ...parameterArguments(parameters)]);
  }
}
