import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import type { BeganEntry, EndedEntry } from '../checker/journal.ts';

const {
  SOAK_JOURNAL = '',
  SOAK_SEED = '',
  SOAK_PROCESS = '',
  SOAK_FAILURE_RATE = '',
  SOAK_WORK_MS = '',
} = process.env;

let invocations = 0;
let draws = 0;

/**
 * Writes into the journal what it gets and what became of it, in that order: a line is there before the answer is.
 * Now and then it fails: it throws, reports some of its records as failed, or reports them as one would for a queue.
 */
export async function handler(event: MSKEvent): Promise<Answer | undefined> {
  const records = Object.values(event.records).flat();
  invocations += 1;
  const invocation = `${process.pid}/${threadId}/${invocations}`;
  write({ type: 'began', pid: process.pid, invocation, records: records.map(place) });
  await setTimeout((0.5 + random()) * Number(SOAK_WORK_MS));

  const outcome = random() < Number(SOAK_FAILURE_RATE) ? pick(FAILURES) : 'succeeded';
  const failed = outcome === 'succeeded' ? [] : outcome === 'threw' ? records : some(records);
  const succeeded = records.filter((record) => !failed.includes(record)).map(place);
  write({ type: 'ended', pid: process.pid, invocation, outcome, succeeded });

  switch (outcome) {
    case 'threw':
      throw new Error('at random');
    case 'reported':
      return { batchItemFailures: failed.map(identified) };
    case 'reported strings':
      return { batchItemFailures: failed.map(named) };
    default:
      return undefined;
  }
}

const FAILURES = ['threw', 'reported', 'reported strings'] as const;

const place = ({ partition, offset }: MSKRecord): [number, number] => [partition, offset];

interface Answer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: unknown }[];
}

const identified = ({ topic, partition, offset }: MSKRecord): Answer['batchItemFailures'][number] => ({
  itemIdentifier: { partition: `${topic}-${partition}`, offset },
});

/** The shape that queues have; with Kafka it makes the whole batch fail. */
const named = ({ topic, partition, offset }: MSKRecord): Answer['batchItemFailures'][number] => ({
  itemIdentifier: `${topic}-${partition}:${offset}`,
});

/** At least one. */
function some(records: readonly MSKRecord[]): MSKRecord[] {
  const chosen = pick(records);
  return records.filter((record) => record === chosen || random() < 0.2);
}

function pick<Item>(list: readonly Item[]): Item {
  const [item] = list.slice(Math.floor(random() * list.length));
  if (item === undefined) {
    throw new RangeError('nothing to pick from');
  }
  return item;
}

/** From 0 up to, but not, 1; a thread draws the same numbers again with the same seed and process. */
function random(): number {
  draws += 1;
  const hash = createHash('sha256').update(`${SOAK_SEED}/${SOAK_PROCESS}/${threadId}/${draws}`).digest();
  return hash.readUInt32BE() / 2 ** 32;
}

/**
 * One call of write(2) at the end of the file: lines of several processes neither mix nor change places. The first line
 * break ends what a killed process may have left.
 */
function write(entry: BeganEntry | EndedEntry): void {
  appendFileSync(SOAK_JOURNAL, `\n${JSON.stringify(entry)}\n`);
}
