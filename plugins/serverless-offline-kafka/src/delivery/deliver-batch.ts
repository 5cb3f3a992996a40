import { randomUUID } from 'node:crypto';
import type { FailureHandling } from '../configuration/mapping-definition.ts';
import { EventSourceError } from '../errors.ts';
import { backoffMs } from './backoff.ts';
import { EVENT_LIMIT_BYTES, type WaitingRecord } from './batching.ts';
import type { Attempt, AttemptOutcome, FailedRecords, NextStep } from './delivery-report.ts';
import { reportedFailures } from './partial-response.ts';

export interface BatchParts {
  readonly failures: FailureHandling;
  /** Whether records that are given up go anywhere. An event that is too large blocks its partition otherwise. */
  readonly hasDestination: boolean;
  readonly eventOf: (records: readonly WaitingRecord[]) => string;
  /** Invokes the function once. Rejects with an EventSourceError. */
  readonly invoke: (event: string, requestId: string) => Promise<unknown>;
  /** False once the partition of a record belongs to somebody else. */
  readonly isAssigned: (record: WaitingRecord) => boolean;
  /** Whether a further attempt may be begun. */
  readonly isRunning: () => boolean;
  /** May end early. */
  readonly sleep: (ms: number) => Promise<void>;
  /** These records are done with. */
  readonly settle: (records: readonly WaitingRecord[]) => void;
  /** Sends records to where failed ones go, or drops them. False: not done, because this is being stopped. */
  readonly discard: (given: FailedRecords) => Promise<boolean>;
  readonly report: (attempt: Attempt) => void;
}

/** Records that are tried together, and what was tried before. */
interface SubBatch {
  readonly records: readonly WaitingRecord[];
  /** Against `maximumRetries`. A split does not count. */
  readonly retries: number;
  readonly invokeCount: number;
  readonly requestId?: string;
  /** Failures in a row that count against nothing. */
  readonly invocationErrors: number;
}

/**
 * Delivers a batch until each of its records is settled: succeeded, or given up as the mapping says. Returns early when
 * it is stopped, or when the partitions are lost; what is not settled then is delivered again by whoever owns them.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export async function deliverBatch(records: readonly WaitingRecord[], parts: BatchParts): Promise<void> {
  const subBatches: SubBatch[] = [{ records, retries: 0, invokeCount: 0, invocationErrors: 0 }];
  for (let subBatch = subBatches.shift(); subBatch && parts.isRunning(); subBatch = subBatches.shift()) {
    subBatches.unshift(...(await deliverSubBatch(subBatch, parts)));
  }
}

/** One step: gives up what is too old, or else makes one attempt. Returns what is remaining of the subBatch, in order. */
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
  const event = parts.eventOf(records);
  const bytes = Buffer.byteLength(event);
  if (bytes > EVENT_LIMIT_BYTES) {
    return tooLarge({ ...subBatch, records }, bytes, parts);
  }
  const requestId = randomUUID();
  const startedAtMs = performance.now();
  const tried: SubBatch = { ...subBatch, records, requestId, invokeCount: subBatch.invokeCount + 1 };
  const { failed, error } = await outcomeOf(records, () => parts.invoke(event, requestId), parts.failures);
  const durationMs = performance.now() - startedAtMs;
  const tell = (outcome: AttemptOutcome): void => parts.report({ records, bytes, durationMs, outcome });

  const isFailed = new Set(failed);
  parts.settle(records.filter((record) => !isFailed.has(record)));
  if (failed.length === 0) {
    tell({ type: 'succeeded', isCommitted: records.some(parts.isAssigned) });
    return [];
  }
  const { next, remaining } = afterFailure(
    { ...tried, records: failed },
    failed.length < records.length,
    error,
    parts,
  );
  tell({ type: 'failed', error, failedRecords: failed.length, next });
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

/** Only an event of one record can be too large: batches are planned within the limit. */
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
    // nothing of the function ran: on AWS too this is no attempt
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

async function discardAndSettle(given: FailedRecords, parts: BatchParts): Promise<void> {
  if (await parts.discard(given)) {
    parts.settle(given.records);
  }
}
