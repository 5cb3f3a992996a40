import { randomUUID } from 'node:crypto';
import type { FailureHandling } from '../configuration/mapping-definition.ts';
import { EventSourceError } from '../errors.ts';
import { backoffMs } from './backoff.ts';
import { EVENT_LIMIT_BYTES, type WaitingRecord } from './batching.ts';
import type { Attempt, AttemptOutcome, FailedRecords, NextStep } from './delivery-report.ts';
import type { KafkaEvent } from './kafka-event.ts';
import { reportedFailures } from './partial-response.ts';

export interface BatchParts {
  readonly failures: FailureHandling;
  /** True if the mapping has a destination. Without one, an event that is too large blocks its partition. */
  readonly hasDestination: boolean;
  readonly eventOf: (records: readonly WaitingRecord[]) => KafkaEvent;
  /** The size of the event of these records as JSON. */
  readonly eventBytes: (records: readonly WaitingRecord[]) => number;
  /** Invokes the function once. Rejects with an EventSourceError. */
  readonly invoke: (event: KafkaEvent, requestId: string) => Promise<unknown>;
  /** False if the partition of a record is revoked. */
  readonly isAssigned: (record: WaitingRecord) => boolean;
  /** False after a stop: no further attempt may begin. */
  readonly isRunning: () => boolean;
  /** May end early. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Marks records as settled: their offsets may be committed. */
  readonly settle: (records: readonly WaitingRecord[]) => void;
  /** Sends records to the destination, or drops them without one. Returns false if a stop or a revocation came first. */
  readonly discard: (failed: FailedRecords) => Promise<boolean>;
  readonly report: (attempt: Attempt) => void;
}

/** The records of one further attempt, with the counts of earlier attempts. */
interface SubBatch {
  readonly records: readonly WaitingRecord[];
  /** Counts towards `maximumRetries`. A split does not count. */
  readonly retries: number;
  readonly invokeCount: number;
  readonly requestId?: string;
  /** Consecutive failures before the function ran. They do not count as attempts. */
  readonly invocationErrors: number;
}

/**
 * Delivers a batch until each record is settled: delivered or discarded. Returns early at a stop or when the partitions are
 * revoked. The owner of the partitions then delivers the unsettled records again.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export async function deliverBatch(records: readonly WaitingRecord[], parts: BatchParts): Promise<void> {
  const subBatches: SubBatch[] = [{ records, retries: 0, invokeCount: 0, invocationErrors: 0 }];
  for (let subBatch = subBatches.shift(); subBatch && parts.isRunning(); subBatch = subBatches.shift()) {
    subBatches.unshift(...(await deliverSubBatch(subBatch, parts)));
  }
}

/** Discards expired records, or makes one attempt. Returns the remaining records in order. */
async function deliverSubBatch(subBatch: SubBatch, parts: BatchParts): Promise<readonly SubBatch[]> {
  const records = subBatch.records.filter(parts.isAssigned);
  const oldestMs = Date.now() - parts.failures.maximumRecordAgeMs;
  const expired = records.filter(({ timestampMs }) => timestampMs < oldestMs);
  if (expired.length > 0) {
    const { requestId, invokeCount } = subBatch;
    await discardAndSettle(
      { records: expired, condition: 'MaximumRecordAgeExceeded', requestId, invokeCount },
      parts,
    );
    return [{ ...subBatch, records: records.filter(({ timestampMs }) => timestampMs >= oldestMs) }];
  }
  if (records.length === 0) {
    return [];
  }
  const bytes = parts.eventBytes(records);
  if (bytes > EVENT_LIMIT_BYTES) {
    return tooLarge({ ...subBatch, records }, bytes, parts);
  }
  const event = parts.eventOf(records);
  const requestId = randomUUID();
  const startedAtMs = performance.now();
  const tried: SubBatch = { ...subBatch, records, requestId, invokeCount: subBatch.invokeCount + 1 };
  const { failed, error } = await outcomeOf(records, () => parts.invoke(event, requestId), parts.failures);
  const durationMs = performance.now() - startedAtMs;
  const report = (outcome: AttemptOutcome): void => parts.report({ records, bytes, durationMs, outcome });

  const isFailed = new Set(failed);
  parts.settle(records.filter((record) => !isFailed.has(record)));
  if (failed.length === 0) {
    report({ type: 'succeeded', isCommitted: records.some(parts.isAssigned) });
    return [];
  }
  const { next, remaining } = afterFailure(
    { ...tried, records: failed },
    failed.length < records.length,
    error,
    parts,
  );
  report({ type: 'failed', error, failedRecords: failed.length, next });
  if (next.type === 'discard') {
    const { invokeCount } = tried;
    await discardAndSettle(
      { records: failed, condition: 'RetryAttemptsExhausted', requestId, invokeCount },
      parts,
    );
    return [];
  }
  if (next.type !== 'none') {
    await parts.sleep(next.inMs);
  }
  return remaining;
}

/** Only an event of one record can be too large, because planned batches are within the limit. */
async function tooLarge(subBatch: SubBatch, bytes: number, parts: BatchParts): Promise<readonly SubBatch[]> {
  const { records, requestId, invokeCount } = subBatch;
  if (parts.hasDestination) {
    await discardAndSettle(
      { records, condition: 'MaximumPayloadSizeExceeded', requestId, invokeCount },
      parts,
    );
    return [];
  }
  const invocationErrors = subBatch.invocationErrors + 1;
  const inMs = backoffMs(parts.failures.backoff, invocationErrors);
  parts.report({ records, bytes, durationMs: 0, outcome: { type: 'too-large', inMs } });
  await parts.sleep(inMs);
  return [{ ...subBatch, invocationErrors }];
}

interface Outcome {
  readonly failed: readonly WaitingRecord[];
  readonly error?: unknown;
}

async function outcomeOf(
  records: readonly WaitingRecord[],
  invoke: () => Promise<unknown>,
  { reportsItemFailures, partialResponse }: FailureHandling,
): Promise<Outcome> {
  try {
    const answer = await invoke();
    if (!reportsItemFailures) {
      return { failed: [] };
    }
    const reported = reportedFailures(answer, records, partialResponse);
    return 'problem' in reported
      ? { failed: records, error: new EventSourceError('invalid_answer', reported.problem) }
      : reported;
  } catch (error) {
    return { failed: records, error };
  }
}

function afterFailure(
  failed: SubBatch,
  isPartial: boolean,
  error: unknown,
  parts: BatchParts,
): { next: NextStep; remaining: readonly SubBatch[] } {
  const { maximumRetries, bisects, backoff } = parts.failures;
  const { records, retries } = failed;
  if (!parts.isRunning() || !records.some(parts.isAssigned)) {
    return { next: { type: 'none' }, remaining: [] };
  }
  if (error instanceof EventSourceError && error.code === 'invocation_failed') {
    // The function did not run. AWS does not count this as an attempt either.
    const invocationErrors = failed.invocationErrors + 1;
    const invokeCount = failed.invokeCount - 1;
    return {
      next: { type: 'retry', inMs: backoffMs(backoff, invocationErrors) },
      remaining: [{ ...failed, invokeCount, invocationErrors }],
    };
  }
  if (bisects && !isPartial && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const halves = [records.slice(0, middle), records.slice(middle)];
    return {
      next: { type: 'split', inMs: backoff.initialMs },
      remaining: halves.map((half) => ({ ...failed, records: half, invocationErrors: 0 })),
    };
  }
  if (retries >= maximumRetries) {
    return { next: { type: 'discard' }, remaining: [] };
  }
  return {
    next: { type: 'retry', inMs: backoffMs(backoff, retries + 1) },
    remaining: [{ ...failed, retries: retries + 1, invocationErrors: 0 }],
  };
}

async function discardAndSettle(failed: FailedRecords, parts: BatchParts): Promise<void> {
  if (await parts.discard(failed)) {
    parts.settle(failed.records);
  }
}
