import { type OptionValues, runCommand } from '../cli/command.ts';
import { createOutput, printAll } from '../cli/output.ts';
import { aligned, tabSeparated } from '../cli/table.ts';
import type { Config } from '../lib/config/config.ts';
import type { DeadLetterSummary } from '../lib/dead-letters/dead-letter.ts';
import { listDeadLetters, showDeadLetter } from '../lib/dead-letters/read-dead-letters.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { createDatabase, type Database } from '../lib/postgres/database.ts';
import { isUnavailable } from '../lib/postgres/postgres-errors.ts';
import { databaseLogin } from '../lib/runtime/connections.ts';
import { loadSettings } from '../local/settings.ts';
import { loadToolConfig } from '../local/tool-config.ts';
import { discard, redrive } from './dead-letters/dead-letters-actions.ts';
import { detailsJson, detailsLines, summaryJson } from './dead-letters/dead-letters-format.ts';
import {
  type DeadLettersCommand,
  deadLettersFlags,
  deadLettersOptions,
  readDeadLettersCommand,
} from './dead-letters/dead-letters-options.ts';
import { letterTable, withShortKeys } from './dead-letters/dead-letters-table.ts';
import { assertOneStage } from './dead-letters/redrive-stage.ts';

const help = `npm run dead-letters -- list    [filter] [--state open|redriven|discarded|all] [--limit N] [--json]
npm run dead-letters -- show    <id> [--json]
npm run dead-letters -- redrive <id…> | filter | --all
npm run dead-letters -- discard <id…> | filter | --all  [--reason TEXT] [--yes]

  list      lists letters, newest first; by default 20 open letters. Tab-separated without a terminal
  show      prints one letter with its record and its rows of the audit log
  redrive   sends open letters again, with all other open letters of their keys, in the order of their records.
            Safe to repeat: each takes effect once. A letter that is rejected again is open again
  discard   closes open letters permanently; they are never sent again

  filter    a letter must match all given options:
  --code    the code, such as order_unknown: docs/errors.md
  --key     exactly this key: an order's id
  --topic   the topic of the record
  --since   stored since a time like 2026-11-01T10:00:00Z, or an age like 15m, 2h or 3d
  --until   stored before such a time

  --json    one JSON object per line; bytes that are not UTF-8 as base64. With npm run, add --silent
  --yes     discards by a filter without asking for confirmation

  Uses DATABASE_URL and KAFKA_BROKERS, or else the local stack. On a stage it needs the variables of its functions
  (KAFKA_PREFIX, KAFKA_AUTH, DATABASE_AUTH, …) and your AWS credentials: docs/dead-letters.md.
`;

const LETTERS_PER_PAGE = 1_000;

/** The width if the terminal does not report one. */
const UNKNOWN_WIDTH = 120;

await runCommand({
  help,
  takesArguments: true,
  options: deadLettersOptions,
  flags: deadLettersFlags,
  run: deadLetters,
});

async function deadLetters(
  args: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
): Promise<number> {
  const command = readDeadLettersCommand(args, given, flags, Date.now());
  const settings = loadSettings();
  const config = loadToolConfig(settings);
  if (command.name === 'redrive') {
    assertOneStage(settings);
  }
  const database = createDatabase(config.databaseUrl, databaseLogin(config)); // closed with the process
  await database.ping().catch((error: unknown) => throwUnreachable(error, config));
  switch (command.name) {
    case 'list':
      return list(database, command);
    case 'show':
      return show(database, command);
    case 'redrive':
      return redrive(database, config, command);
    case 'discard':
      return discard(database, command);
  }
}

function throwUnreachable(error: unknown, { databaseUrl }: Config): never {
  const { host } = new URL(databaseUrl);
  const cause = Error.isError(error) && Error.isError(error.cause) ? error.cause : error;
  throw new OrderlyError(
    'local_stack',
    isUnavailable(cause)
      ? `PostgreSQL does not answer at ${host}: start it with "npm start" or "npm run stack -- up", or set DATABASE_URL.`
      : `PostgreSQL at ${host} cannot be used: ${Error.isError(cause) ? cause.message : cause}`,
    { cause: error },
  );
}

async function list(
  database: Database,
  { filter, limit, json }: DeadLettersCommand & { name: 'list' },
): Promise<number> {
  const letters: DeadLetterSummary[] = [];
  let cursor: string | undefined;
  do {
    const remaining = limit - letters.length;
    const page = await listDeadLetters(database, {
      ...filter,
      limit: Math.min(remaining, LETTERS_PER_PAGE),
      cursor,
    });
    letters.push(...page.letters);
    cursor = page.next;
  } while (cursor !== undefined && letters.length < limit);

  await printAll(process.stdout, json ? letters.map(summaryJson) : tableLines(letters));
  const notes = createOutput(process.stderr);
  if (letters.length === 0) {
    notes.print(`No ${filter.state === undefined ? '' : `${filter.state} `}dead letter matches.`);
  } else if (cursor !== undefined) {
    notes.print(`There are more: raise --limit, or use a filter such as --code. See --help.`);
  }
  return 0;
}

function tableLines(letters: readonly DeadLetterSummary[]): string[] {
  const table = letterTable(letters);
  if (letters.length === 0) {
    return [];
  }
  return process.stdout.isTTY
    ? aligned(withShortKeys(table), process.stdout.columns || UNKNOWN_WIDTH)
    : tabSeparated(table);
}

async function show(
  database: Database,
  { id, json }: DeadLettersCommand & { name: 'show' },
): Promise<number> {
  const letter = await showDeadLetter(database, id);
  if (letter === undefined) {
    throw new OrderlyError(
      'local_stack',
      `There is no dead letter ${id}: "npm run dead-letters -- list --state all" shows all.`,
    );
  }
  await printAll(process.stdout, json ? [detailsJson(letter)] : detailsLines(letter));
  return 0;
}
