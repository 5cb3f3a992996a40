import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { OrderlyError } from '../lib/errors.ts';
import { PROJECT_ROOT } from '../local/settings.ts';
import type { Target } from './options.ts';
import type { Service } from './services.ts';

const CLI = join(PROJECT_ROOT, 'node_modules/serverless/bin/serverless.js');

/** Runs a command of the framework for one of our services and stage. */
export type RunServerless = (
  command: 'package' | 'deploy' | 'remove',
  service: Service,
  target: Target,
  args: readonly string[],
) => Promise<void>;

/**
 * What the framework prints goes where our own lines go. Ctrl-C is the framework's too: it ends, and with it this call.
 * @throws OrderlyError when it fails; the reason is in what it printed.
 */
export const runServerless: RunServerless = async (command, { directory, file }, target, args) => {
  const configuration = file === undefined ? [] : ['-c', file]; // after the command, or it is not seen
  const child = spawn(
    process.execPath,
    [CLI, command, ...configuration, '--stage', target.stage, '--region', target.region, ...args],
    { cwd: join(PROJECT_ROOT, directory), stdio: 'inherit' },
  );
  const leaveToChild = (): void => undefined;
  process.on('SIGINT', leaveToChild);
  try {
    const [code, signal] = await once(child, 'close');
    if (code !== 0) {
      throw new OrderlyError(
        'deployment',
        `"serverless ${command}" ended with ${signal ?? code}; its lines above say why.`,
      );
    }
  } finally {
    process.off('SIGINT', leaveToChild);
  }
};
