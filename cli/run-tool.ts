import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { OrderlyError } from '../lib/errors/orderly-error.ts';

export interface ToolOptions {
  /** The account that runs the tool; only root can choose another one. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Default: the environment of this process. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The standard input of the tool. */
  readonly input?: string | undefined;
  /** Kills the tool. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program until it ends. Resolves to its standard output.
 * @throws OrderlyError with the first error line of its output. The `cause` has the code ENOENT if the program does not
 * exist.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<string> {
  const { uid, gid, env = process.env, input, signal } = options;
  try {
    const running = promisify(execFile)(command, args, {
      cwd: '/', // another account may lack access to the current directory
      env,
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
      ...(signal && { signal }),
    });
    if (input !== undefined) {
      running.child.stdin?.on('error', () => undefined); // the tool has ended and reports its error itself
      running.child.stdin?.end(input);
    }
    return (await running).stdout;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new OrderlyError('local_stack', `${basename(command)} failed: ${findErrorLine(cause)}`, { cause });
  }
}

/** Returns the first output line that looks like an error, or the first line, or the error itself. */
function findErrorLine(error: unknown): string {
  const printed =
    Error.isError(error) && 'stderr' in error && 'stdout' in error ? [error.stderr, error.stdout] : [];
  const lines = stripVTControlCharacters(printed.join('\n'))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.find((line) => /error|fail|denied|invalid|exception/i.test(line)) ?? lines[0] ?? String(error);
}
