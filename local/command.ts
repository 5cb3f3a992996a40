import { parseArgs } from 'node:util';
import { OrderlyError } from '../lib/errors.ts';

export interface Command {
  readonly help: string;
  /** Takes the arguments and resolves to the exit code. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** Runs a command line: `--help`, one line for whatever a person can mend, and the exit code. */
export async function runCommand({ help, run }: Command): Promise<never> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    process.exit(await run(positionals));
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  }
}

/** An error of ours says what to do in its message; of any other, whoever mends it needs the stack. */
function describe(error: unknown): string {
  if (error instanceof OrderlyError) {
    return error.message;
  }
  const isMistypedOption =
    Error.isError(error) && 'code' in error && `${error.code}`.startsWith('ERR_PARSE_ARGS');
  return isMistypedOption
    ? `${error.message.split('. ')[0]}. See --help.`
    : String(Error.isError(error) ? error.stack : error);
}
