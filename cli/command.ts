import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { OrderlyError } from '../lib/errors/orderly-error.ts';

/** Option values by name; an option that was not given is absent. */
export type OptionValues = Readonly<Record<string, string | undefined>>;

/** Values of repeatable options by name. */
export type OptionLists = Readonly<Record<string, readonly string[] | undefined>>;

/** A command line that the user has to correct. */
export const usageError = (message: string): OrderlyError => new OrderlyError('local_stack', message);

export interface Command {
  readonly help: string;
  /** True if the command takes positional arguments; `run` validates them. */
  readonly takesArguments?: boolean;
  /** Names of the options besides `--help`; each takes a value. */
  readonly options?: readonly string[];
  /** Names of repeatable options; each takes a value. */
  readonly lists?: readonly string[];
  /** Names of the options that take no value. */
  readonly flags?: readonly string[];
  /** Runs the command with the parsed command line; resolves to the exit code. */
  readonly run: (
    args: readonly string[],
    options: OptionValues,
    flags: ReadonlySet<string>,
    lists: OptionLists,
  ) => Promise<number>;
}

/** Parses the command line, runs the command and exits. An OrderlyError is printed as one line. */
export async function runCommand(command: Command): Promise<never> {
  const { help, takesArguments = false, options = [], lists = [], flags = [], run } = command;
  try {
    const declared: ParseArgsOptionsConfig = {
      ...Object.fromEntries(options.map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries(lists.map((name) => [name, { type: 'string' as const, multiple: true }])),
      ...Object.fromEntries(flags.map((name) => [name, { type: 'boolean' as const }])),
      help: { type: 'boolean', short: 'h' },
    };
    const { values, positionals } = parseArgs({ allowPositionals: true, options: declared });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    if (!takesArguments && positionals.length > 0) {
      throw new OrderlyError(
        'local_stack',
        `Unexpected "${positionals.join(' ')}": this command takes no arguments; see --help.`,
      );
    }
    const given = Object.entries(values);
    const valued = given.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const flagged = given.filter(([, value]) => value === true).map(([name]) => name);
    const listed = given.flatMap(([name, value]) =>
      Array.isArray(value) ? [[name, value.filter((one) => typeof one === 'string')]] : [],
    );
    process.exit(
      await run(positionals, Object.fromEntries(valued), new Set(flagged), Object.fromEntries(listed)),
    );
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  }
}

/**
 * The message of an OrderlyError contains the remedy and is enough. Any other error is a bug and is printed with its
 * stack.
 */
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
