import type { WaitingRecord } from '../delivery/batching.ts';
import type { Attempt, AttemptOutcome, FailedRecords, NextStep } from '../delivery/delivery-report.ts';
import { messageOf } from '../errors.ts';

/** `orders-3 → processOrders: offsets 120–219, 100 records, 61 kB, 14 ms: succeeded` */
export function attemptLine(functionKey: string, { records, bytes, durationMs, outcome }: Attempt): string {
  const size = `${(bytes / 1_000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return [
    sourceText(functionKey, records),
    `${offsets(records)}, ${count(records.length)}, ${size}, ${durationMs.toFixed(0)} ms`,
    outcomeText(outcome, records.length),
  ].join(': ');
}

/** `orders-3 → processOrders: offset 120, 1 record: discarded after 11 attempts (RetryAttemptsExhausted), sent to kafka://orders-dlt` */
export function discardLine(
  functionKey: string,
  { records, condition, invokeCount }: FailedRecords,
  destinationText: string,
): string {
  const attempts = `${invokeCount} attempt${invokeCount === 1 ? '' : 's'}`;
  return [
    sourceText(functionKey, records),
    `${offsets(records)}, ${count(records.length)}`,
    `discarded after ${attempts} (${condition}), ${destinationText}`,
  ].join(': ');
}

function outcomeText(outcome: AttemptOutcome, records: number): string {
  switch (outcome.type) {
    case 'succeeded':
      return outcome.isCommitted ? 'succeeded' : 'succeeded, but the partition is revoked: not committed';
    case 'too-large':
      return `larger than the 6 MB that Lambda can deliver, and no on-failure destination: the partition waits, checked again in ${seconds(outcome.inMs)}`;
    case 'failed':
      return [failureText(outcome.error, outcome.failedRecords, records), nextText(outcome.next)].join(', ');
  }
}

/** Returns why an attempt made no progress, for the stall report. */
export function stallReasonText(outcome: AttemptOutcome): string | undefined {
  switch (outcome.type) {
    case 'succeeded':
      return undefined;
    case 'too-large':
      return 'a record is larger than the 6 MB that Lambda can deliver, and there is no on-failure destination';
    case 'failed': {
      const failure =
        outcome.error === undefined
          ? 'the function reports records as failed'
          : `the function fails: ${oneLine(messageOf(outcome.error))}`;
      return outcome.next.type === 'discard'
        ? `the on-failure destination does not accept the records, which failed because ${failure}`
        : failure;
    }
  }
}

function failureText(error: unknown, failedRecords: number, records: number): string {
  if (error === undefined) {
    return `${failedRecords} of ${count(records)} reported as failed`;
  }
  return `failed (${oneLine(messageOf(error))})`;
}

function nextText(next: NextStep): string {
  switch (next.type) {
    case 'retry':
      return `next attempt in ${seconds(next.inMs)}; not committed`;
    case 'split':
      return `split in two, next attempt in ${seconds(next.inMs)}; not committed`;
    case 'discard':
      return 'no further attempt';
    case 'none':
      return 'not retried here; not committed';
  }
}

/** `orders-3 → work`, or `orders → work` for records of several partitions. */
function sourceText(functionKey: string, records: readonly WaitingRecord[]): string {
  const [first] = records;
  const partitions = new Set(records.map(({ partition }) => partition));
  const from = partitions.size > 1 ? first?.topic : `${first?.topic}-${first?.partition}`;
  return `${from} → ${functionKey}`;
}

/** `offsets 120–219`, or `0: offset 7, 2: offsets 120–219` for several partitions. */
function offsets(records: readonly WaitingRecord[]): string {
  const ranges = new Map<number, { first: number; last: number }>();
  for (const { partition, offset } of records) {
    ranges.set(partition, { first: ranges.get(partition)?.first ?? offset, last: offset });
  }
  return Array.from(ranges, ([partition, { first, last }]) =>
    [...(ranges.size > 1 ? [`${partition}`] : []), range('offset', first, last)].join(': '),
  ).join(', ');
}

/** `0–5`, or `0, 2, 4` where there are gaps. */
export function partitionList(partitions: readonly number[]): string {
  const sorted = [...partitions].sort((a, b) => a - b);
  const [first, last] = [sorted.at(0), sorted.at(-1)];
  if (first === undefined || last === undefined) {
    return 'no partitions';
  }
  if (last - first === sorted.length - 1) {
    return range('partition', first, last);
  }
  return `partitions ${sorted.join(', ')}`;
}

const oneLine = (message: string): string => message.trim().replaceAll(/\s*\n\s*/g, ' ');

const seconds = (ms: number): string => `${ms / 1_000} s`;

const count = (records: number): string => `${records} record${records === 1 ? '' : 's'}`;

const range = (noun: string, first: number, last: number): string =>
  first === last ? `${noun} ${first}` : `${noun}s ${first}–${last}`;
