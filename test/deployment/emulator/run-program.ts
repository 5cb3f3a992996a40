import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrderlyError } from '../../../lib/errors.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import { startProcessGroup } from './process-group.ts';

export interface ScriptOptions {
  /** For what it prints. */
  readonly directory: string;
  /** Ends it and everything that it has started. */
  readonly signal: AbortSignal;
}

/** Runs a script of package.json as a person would. @throws OrderlyError with what it printed when it fails. */
export async function runScript(
  args: readonly string[],
  { directory, signal }: ScriptOptions,
): Promise<void> {
  signal.throwIfAborted();
  const [name] = args;
  const logFile = join(directory, `${name}.log`);
  await using script = startProcessGroup({
    command: 'npm',
    args: ['--prefix', PROJECT_ROOT, '--silent', 'run', ...args],
    env: process.env,
    logFile,
  });
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    const exitCode = await Promise.race([script.ended, stopped.promise]);
    if (exitCode !== 0) {
      throw new OrderlyError(
        'deployment',
        `npm run ${name} ended with ${exitCode ?? 'a signal'}:\n${readFileSync(logFile, 'utf8')}`,
      );
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
