import { readFileSync } from 'node:fs';

/** Parses the tables of `events/README.md`. */

export interface DocumentedEvent {
  readonly file: string;
  readonly functionName: string;
  readonly command: string;
  /** The status of the answer, if there is one: "202 for the order". */
  readonly status: number | undefined;
}

/** A line of "Records"; an empty cell is undefined. */
export interface DocumentedRecord {
  readonly file: string;
  /** partition/offset */
  readonly place: string;
  readonly key: string | undefined;
  readonly eventType: string | undefined;
  /** Amount of the order: quantity × price. */
  readonly amount: string | undefined;
  /** The result in the database: an order with this status, or a dead letter with this code. */
  readonly afterwards: { readonly order?: string; readonly deadLetter?: string };
}

const page = readFileSync('events/README.md', 'utf8');

export const documentedEvents: readonly DocumentedEvent[] = rowsOf(/^\| \[([\w-]+)\]\(\1\.json\) \|/).map(
  ([link = '', functionName = '', shows = '', command = '']) => ({
    file: link.replace(/^\[(.*)\].*$/, '$1'),
    functionName: code(functionName),
    command: code(command),
    status: /^\d{3}(?= )/.test(shows) ? Number(shows.slice(0, 3)) : undefined,
  }),
);

export const documentedRecords: readonly DocumentedRecord[] = rowsOf(/^\| orders-/).map(
  ([file = '', place = '', key = '', eventType = '', value = '', afterwards = '']) => ({
    file,
    place,
    key: code(key) || undefined,
    eventType: code(eventType) || undefined,
    amount: /^\d+ × [\d.]+/.exec(value)?.[0],
    afterwards: afterwards.startsWith('order ')
      ? { order: code(afterwards) }
      : { deadLetter: code(afterwards) },
  }),
);

function rowsOf(start: RegExp): string[][] {
  const lines = page.split('\n').filter((line) => start.test(line));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** Returns the text in backquotes. */
function code(cell: string): string {
  return /`(.*)`/.exec(cell)?.[1] ?? '';
}
