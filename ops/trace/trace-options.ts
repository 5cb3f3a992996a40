import { type OptionValues, usageError } from '../../cli/command.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../local/traces/trace-views.ts';

export const traceOptions = ['limit'];
export const traceFlags = ['slow', 'failed', 'attributes', 'all', 'json'];

export type TraceCommand =
  | {
      readonly name: 'show';
      /** The id of an order or of a trace. */
      readonly id: string;
      readonly attributes: boolean;
      readonly all: boolean;
      readonly json: boolean;
    }
  | {
      readonly name: 'list';
      readonly slow: boolean;
      readonly failed: boolean;
      readonly limit: number;
      readonly json: boolean;
    };

const usage = 'Give an order id, or --slow or --failed: npm run trace -- first-order. See --help.';

/** @throws OrderlyError with the correct form */
export function readTraceCommand(
  args: readonly string[],
  { limit }: OptionValues,
  flags: ReadonlySet<string>,
): TraceCommand {
  const [id, ...rest] = args;
  const json = flags.has('json');
  const isList = flags.has('slow') || flags.has('failed');
  if (isList === (id !== undefined) || id === '' || rest.length > 0) {
    throw usageError(usage);
  }
  if (id !== undefined) {
    if (limit !== undefined) {
      throw usageError('--limit is for --slow and --failed only.');
    }
    return { name: 'show', id, attributes: flags.has('attributes'), all: flags.has('all'), json };
  }
  if (flags.has('attributes') || flags.has('all')) {
    throw usageError('--attributes and --all are for the traces of one order only.');
  }
  return {
    name: 'list',
    slow: flags.has('slow'),
    failed: flags.has('failed'),
    limit: readLimit(limit),
    json,
  };
}

function readLimit(limit: string | undefined): number {
  if (limit === undefined) {
    return DEFAULT_LIMIT;
  }
  if (!/^[1-9]\d{0,3}$/.test(limit) || Number(limit) > MAX_LIMIT) {
    throw usageError(`--limit is a whole number from 1 to ${MAX_LIMIT}, not "${limit}".`);
  }
  return Number(limit);
}
