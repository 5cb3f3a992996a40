import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { OrderlyError } from '../lib/errors/orderly-error.ts';

export interface ToolOptions {
  /** The account to run as; only root can choose another. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** The environment of this process by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The standard input of the tool. */
  readonly input?: string | undefined;
  /** Ends the tool. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end and resolves to what it printed.
 * @throws OrderlyError with the first line of its complaint when it fails; the `cause` has the code ENOENT when it is
 * not there.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions,
): Promise<string> {
  const { uid, gid, env = process.env, input, signal } = options;
  try {
    const running = promisify(execFile)(command, args, {
      cwd: '/', // another account may not be allowed into the current directory
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
    throw new OrderlyError('local_stack', `${basename(command)} failed: ${findComplaint(cause)}`, { cause });
  }
}

/** The first line that sounds like the reason in what the tool printed; the error itself when it printed nothing. */
function findComplaint(error: unknown): string {
  const printed =
    Error.isError(error) && 'stderr' in error && 'stdout' in error ? [error.stderr, error.stdout] : [];
  const lines = stripVTControlCharacters(printed.join('\n'))
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.find((line) => /error|fail|denied|invalid|exception/i.test(line)) ?? lines[0] ?? String(error);
}
