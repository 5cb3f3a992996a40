import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { OrderlyError } from '../lib/errors.ts';

export interface ToolOptions {
  /** The account to run as; only root can choose another. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Ends the tool. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end and resolves to what it printed.
 * @throws OrderlyError with the first line of its complaint when it fails.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<string> {
  const { uid, gid, signal } = options;
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd: '/', // another account may not be allowed into the current directory
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
      ...(signal && { signal }),
    });
    return stdout;
  } catch (cause) {
    signal?.throwIfAborted();
    const complaint =
      Error.isError(cause) && 'stderr' in cause ? String(cause.stderr).trim().split('\n')[0] : '';
    throw new OrderlyError('local_stack', `${basename(command)} failed: ${complaint || cause}`, { cause });
  }
}
