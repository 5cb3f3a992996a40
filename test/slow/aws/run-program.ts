import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { startProcessGroup } from './process-group.ts';

export interface ProgramOptions {
  /** For its output. */
  readonly directory: string;
  /** Ends the program and its child processes. */
  readonly signal: AbortSignal;
}

let programs = 0;

/** Runs a program as a user would. @returns its output. @throws OrderlyError with the output if it fails. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { directory, signal }: ProgramOptions,
): Promise<string> {
  signal.throwIfAborted();
  programs += 1;
  const logFile = join(directory, `${programs}-${command}.log`);
  await using program = startProcessGroup({ command, args, env: process.env, logFile });
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener('abort', stop);
  try {
    const exitCode = await Promise.race([program.ended, stopped.promise]);
    const printed = readFileSync(logFile, 'utf8');
    if (exitCode !== 0) {
      throw new OrderlyError(
        'deployment',
        `${command} ${args.join(' ')} ended with ${exitCode ?? 'a signal'}:\n${printed}`,
      );
    }
    return printed;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
