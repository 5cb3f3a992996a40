import { type OptionValues, usageError } from '../../cli/command.ts';
import { pointInTimeForms, readPointInTime } from '../../cli/point-in-time.ts';
import {
  type DeadLetterFilter,
  type DeadLetterSelection,
  type DeadLetterState,
  deadLetterStates,
} from '../../lib/dead-letters/dead-letter.ts';
import { deadLetterCodes } from '../../lib/orders/command.ts';

/** A parsed command line of `npm run dead-letters`. */
export type DeadLettersCommand =
  | {
      readonly name: 'list';
      readonly filter: DeadLetterFilter & { readonly state: DeadLetterState | undefined };
      readonly limit: number;
      readonly json: boolean;
    }
  | { readonly name: 'show'; readonly id: string; readonly json: boolean }
  | { readonly name: 'redrive'; readonly choice: DeadLetterSelection }
  | {
      readonly name: 'discard';
      readonly choice: DeadLetterSelection;
      readonly reason: string | undefined;
      /** Set by `--yes`: no confirmation. */
      readonly skipQuestion: boolean;
    };

const filterOptions = ['code', 'topic', 'key', 'since', 'until'];

/** The options and flags that each command accepts. */
const allowed: Readonly<Record<DeadLettersCommand['name'], ReadonlySet<string>>> = {
  list: new Set([...filterOptions, 'state', 'limit', 'json']),
  show: new Set(['json']),
  redrive: new Set([...filterOptions, 'all']),
  discard: new Set([...filterOptions, 'all', 'reason', 'yes']),
};

/** The option names for `runCommand`. */
export const deadLettersOptions = [...filterOptions, 'state', 'limit', 'reason'];
export const deadLettersFlags = ['json', 'all', 'yes'];

/** @throws OrderlyError with the correct form */
export function readDeadLettersCommand(
  args: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
  nowMs: number,
): DeadLettersCommand {
  const [name, ...ids] = args;
  if (name !== 'list' && name !== 'show' && name !== 'redrive' && name !== 'discard') {
    throw usageError('Use list, show, redrive or discard: npm run dead-letters -- list. See --help.');
  }
  const foreign = [...Object.keys(given), ...flags].find((option) => !allowed[name].has(option));
  if (foreign !== undefined) {
    throw usageError(`"${name}" has no --${foreign}. See --help.`);
  }
  const wrong = ids.find((id) => !/^[1-9]\d{0,17}$/.test(id));
  if (wrong !== undefined) {
    throw usageError(
      `"${wrong}" is not the id of a dead letter: "npm run dead-letters -- list" shows the ids.`,
    );
  }
  const json = flags.has('json');
  switch (name) {
    case 'list':
      return { name, filter: readListFilter(ids, given, nowMs), limit: readLimit(given.limit), json };
    case 'show':
      return { name, id: readOneId(ids), json };
    case 'redrive':
      return { name, choice: readChoice(name, ids, given, flags, nowMs) };
    case 'discard': {
      const choice = readChoice(name, ids, given, flags, nowMs);
      return { name, choice, reason: given.reason, skipQuestion: 'ids' in choice || flags.has('yes') };
    }
  }
}

function readOneId([id, ...rest]: readonly string[]): string {
  if (id === undefined || rest.length > 0) {
    throw usageError('Give one id: npm run dead-letters -- show 17.');
  }
  return id;
}

function readListFilter(
  ids: readonly string[],
  given: OptionValues,
  nowMs: number,
): DeadLetterFilter & { readonly state: DeadLetterState | undefined } {
  if (ids.length > 0) {
    throw usageError(`"list" takes no ids: npm run dead-letters -- show ${ids[0]}.`);
  }
  const wanted = given.state ?? 'open';
  const state = deadLetterStates.find((known) => known === wanted);
  if (state === undefined && wanted !== 'all') {
    throw usageError(`--state is open (default), redriven, discarded or all; not "${wanted}".`);
  }
  return { ...readFilter(given, nowMs), state };
}

function readChoice(
  name: string,
  ids: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
  nowMs: number,
): DeadLetterSelection {
  const filtered = filterOptions.some((option) => given[option] !== undefined);
  if ([ids.length > 0, filtered, flags.has('all')].filter(Boolean).length !== 1) {
    throw usageError(`Select the letters to ${name}: ids, a filter like --code, or --all. See --help.`);
  }
  return ids.length > 0 ? { ids: [...new Set(ids)] } : { filter: readFilter(given, nowMs) };
}

function readFilter({ code, topic, key, since, until }: OptionValues, nowMs: number): DeadLetterFilter {
  const known = deadLetterCodes.find((name) => name === code);
  if (known === undefined && code !== undefined) {
    throw usageError(`--code is one of ${deadLetterCodes.join(', ')}; not "${code}".`);
  }
  return {
    code: known,
    topic,
    key: key === undefined ? undefined : Buffer.from(key),
    since: readTime('since', since, nowMs),
    until: readTime('until', until, nowMs),
  };
}

function readTime(option: string, text: string | undefined, nowMs: number): number | undefined {
  const time = text === undefined ? undefined : readPointInTime(text, nowMs);
  if (text !== undefined && time === undefined) {
    throw usageError(`--${option} is ${pointInTimeForms}; not "${text}".`);
  }
  return time;
}

function readLimit(limit = '20'): number {
  if (!/^[1-9]\d{0,5}$/.test(limit)) {
    throw usageError(`--limit is a whole number from 1 to 999999, not "${limit}".`);
  }
  return Number(limit);
}
