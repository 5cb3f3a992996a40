import { randomUUID } from 'node:crypto';
import type { FailureHandling } from '../configuration/mapping-definition.ts';
import type { DiscardedBatch } from '../destination/failure-destination.ts';
import { EventSourceError } from '../errors.ts';
import { backoffMs } from './backoff.ts';
import { EVENT_LIMIT_BYTES, type WaitingRecord } from './batching.ts';
import type { AttemptOutcome, Next } from './delivery-report.ts';
import { reportedFailures } from './partial-response.ts';

export interface BatchParts {
  readonly failures: FailureHandling;
  /** Whether records that are given up go anywhere. An event that is too large blocks its partition otherwise. */
  readonly hasDestination: boolean;
  readonly eventOf: (records: readonly WaitingRecord[]) => string;
  /** Invokes the function once. Rejects with an EventSourceError. */
  readonly invoke: (event: string, requestId: string) => Promise<unknown>;
  /** False once the partition of a record belongs to somebody else. */
  readonly isOurs: (record: WaitingRecord) => boolean;
  /** Whether a further attempt may be begun. */
  readonly isRunning: () => boolean;
  /** May end early. */
  readonly sleep: (ms: number) => Promise<void>;
  /** These records are done with. */
  readonly settle: (records: readonly WaitingRecord[]) => void;
  /** Sends records to where failed ones go, or drops them. False: not done, because this is being stopped. */
  readonly discard: (given: GivenUp) => Promise<boolean>;
  readonly report: (attempt: Attempt) => void;
}

/** Records that are not tried again. */
export interface GivenUp {
  readonly records: readonly WaitingRecord[];
  readonly condition: DiscardedBatch['condition'];
  /** Of the last invocation; undefined if there was none. */
  readonly requestId: string | undefined;
  readonly invokeCount: number;
}

export interface Attempt {
  readonly records: readonly WaitingRecord[];
  /** Of the event. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly outcome: AttemptOutcome;
}

/** Records that are tried together, and what was tried before. */
interface Piece {
  readonly records: readonly WaitingRecord[];
  /** Against `maximumRetries`. A split does not count. */
  readonly retries: number;
  readonly invokeCount: number;
  readonly requestId?: string;
  /** Failures in a row that count against nothing. */
  readonly stumbles: number;
}

/**
 * Delivers a batch until each of its records is settled: succeeded, or given up as the mapping says. Returns early when
 * it is stopped, or when the partitions are lost; what is not settled then is delivered again by whoever owns them.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export async function deliverBatch(records: readonly WaitingRecord[], parts: BatchParts): Promise<void> {
  const pieces: Piece[] = [{ records, retries: 0, invokeCount: 0, stumbles: 0 }];
  for (let piece = pieces.shift(); piece && parts.isRunning(); piece = pieces.shift()) {
    pieces.unshift(...(await deliverPiece(piece, parts)));
  }
}

/** One step: gives up what is too old, or else makes one attempt. Returns what is left of the piece, in order. */
async function deliverPiece(piece: Piece, parts: BatchParts): Promise<readonly Piece[]> {
  const records = piece.records.filter(parts.isOurs);
  const oldestMs = Date.now() - parts.failures.maximumRecordAgeMs;
  const expired = records.filter(({ timestampMs }) => timestampMs < oldestMs);
  if (expired.length > 0) {
    const { requestId, invokeCount } = piece;
    await discardAndSettle(
      { records: expired, condition: 'MaximumRecordAgeExceeded', requestId, invokeCount },
      parts,
    );
    return [{ ...piece, records: records.filter(({ timestampMs }) => timestampMs >= oldestMs) }];
  }
  if (records.length === 0) {
    return [];
  }
  const event = parts.eventOf(records);
  const bytes = Buffer.byteLength(event);
  if (bytes > EVENT_LIMIT_BYTES) {
    return tooLarge({ ...piece, records }, bytes, parts);
  }
  const requestId = randomUUID();
  const startedAtMs = performance.now();
  const tried: Piece = { ...piece, records, requestId, invokeCount: piece.invokeCount + 1 };
  const { failed, error } = await outcomeOf(records, () => parts.invoke(event, requestId), parts.failures);
  const durationMs = performance.now() - startedAtMs;
  const tell = (outcome: AttemptOutcome): void => parts.report({ records, bytes, durationMs, outcome });

  const isFailed = new Set(failed);
  parts.settle(records.filter((record) => !isFailed.has(record)));
  if (failed.length === 0) {
    tell({ type: 'succeeded', kept: records.some(parts.isOurs) });
    return [];
  }
  const { next, left } = afterFailure(
    { ...tried, records: failed },
    failed.length < records.length,
    error,
    parts,
  );
  tell({ type: 'failed', error, failedRecords: failed.length, next });
  if (next.type === 'give-up') {
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
  return left;
}

/** Only an event of one record can be too large: batches are planned within the limit. */
async function tooLarge(piece: Piece, bytes: number, parts: BatchParts): Promise<readonly Piece[]> {
  const { records, requestId, invokeCount } = piece;
  if (parts.hasDestination) {
    await discardAndSettle(
      { records, condition: 'MaximumPayloadSizeExceeded', requestId, invokeCount },
      parts,
    );
    return [];
  }
  const stumbles = piece.stumbles + 1;
  const inMs = backoffMs(parts.failures.backoff, stumbles);
  parts.report({ records, bytes, durationMs: 0, outcome: { type: 'too-large', inMs } });
  await parts.sleep(inMs);
  return [{ ...piece, stumbles }];
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
  failed: Piece,
  isPartial: boolean,
  error: unknown,
  parts: BatchParts,
): { next: Next; left: readonly Piece[] } {
  const { maximumRetries, bisects, backoff } = parts.failures;
  const { records, retries } = failed;
  if (!parts.isRunning() || !records.some(parts.isOurs)) {
    return { next: { type: 'none' }, left: [] };
  }
  if (error instanceof EventSourceError && error.code === 'invocation_failed') {
    // nothing of the function ran: on AWS too this is no attempt
    const stumbles = failed.stumbles + 1;
    const invokeCount = failed.invokeCount - 1;
    return {
      next: { type: 'retry', inMs: backoffMs(backoff, stumbles) },
      left: [{ ...failed, invokeCount, stumbles }],
    };
  }
  if (bisects && !isPartial && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const halves = [records.slice(0, middle), records.slice(middle)];
    return {
      next: { type: 'split', inMs: backoff.initialMs },
      left: halves.map((half) => ({ ...failed, records: half, stumbles: 0 })),
    };
  }
  if (retries >= maximumRetries) {
    return { next: { type: 'give-up' }, left: [] };
  }
  return {
    next: { type: 'retry', inMs: backoffMs(backoff, retries + 1) },
    left: [{ ...failed, retries: retries + 1, stumbles: 0 }],
  };
}

async function discardAndSettle(given: GivenUp, parts: BatchParts): Promise<void> {
  if (await parts.discard(given)) {
    parts.settle(given.records);
  }
}
