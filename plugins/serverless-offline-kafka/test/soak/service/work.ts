import { createHash } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
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
  SOAK_SLOW_FILE = '',
} = process.env;

/** The factor of the work time while the slow file exists. The timeout of the function is 20 s. */
const SLOW_FACTOR = 10;

let invocations = 0;
let draws = 0;

/**
 * Writes its records and the outcome to the journal, before it returns. Sometimes it fails: it throws, reports some records as
 * failed, or reports them in the format of queues.
 */
export async function handler(event: MSKEvent): Promise<Answer | undefined> {
  const records = Object.values(event.records).flat();
  invocations += 1;
  const invocation = `${process.pid}/${threadId}/${invocations}`;
  write({ type: 'began', pid: process.pid, invocation, records: records.map(place) });
  const workMs = Number(SOAK_WORK_MS) * (existsSync(SOAK_SLOW_FILE) ? SLOW_FACTOR : 1);
  await setTimeout((0.5 + random()) * workMs);

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

/** The format of queues. With Kafka it makes the whole batch fail. */
const named = ({ topic, partition, offset }: MSKRecord): Answer['batchItemFailures'][number] => ({
  itemIdentifier: `${topic}-${partition}:${offset}`,
});

/** Returns at least one record. */
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

/** Returns numbers from 0 to 1, exclusive. The sequence depends on the seed and the process. */
function random(): number {
  draws += 1;
  const hash = createHash('sha256').update(`${SOAK_SEED}/${SOAK_PROCESS}/${threadId}/${draws}`).digest();
  return hash.readUInt32BE() / 2 ** 32;
}

/**
 * Appends a line with one write(2), so that lines of several processes do not mix. The first line break ends an incomplete
 * line of a killed process.
 */
function write(entry: BeganEntry | EndedEntry): void {
  appendFileSync(SOAK_JOURNAL, `\n${JSON.stringify(entry)}\n`);
}
