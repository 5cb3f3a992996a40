import type { ClusterSettings } from '../kafka/cluster-settings.ts';
import type { DiscardedBatch, DiscardedRecord } from './failure-destination.ts';

/** The fields of a destination's messages that identify the mapping. */
export interface RecordOrigin {
  /** Has no version and no alias. */
  readonly functionArn: string;
  /** The ARN of an MSK cluster. Absent for other clusters, for which AWS documents no value. */
  readonly eventSourceArn?: string;
  readonly cluster: Pick<ClusterSettings, 'bootstrapServers'>;
}

/**
 * Returns the message for SQS as JSON: one message per batch, with the offsets of the records and without their values.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
 */
export function batchMessage(batch: DiscardedBatch, origin: RecordOrigin, now: Date): string {
  return JSON.stringify({
    ...contexts(batch, origin.functionArn, conditions[batch.condition]),
    version: '1.0',
    timestamp: now.toISOString(),
    KafkaBatchInfo: {
      batchSize: batch.records.length,
      ...sourceInfo(origin, batch.event),
      recordsInfo: recordsInfo(batch.records),
    },
  });
}

/**
 * Returns the message for a Kafka topic as JSON: one message per record, whose `payload` is the event of that record.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html
 */
export function recordMessage(
  batch: DiscardedBatch,
  record: DiscardedRecord,
  origin: RecordOrigin,
  now: Date,
): string {
  const event = batch.eventOf(record);
  const condition =
    batch.condition === 'RetryAttemptsExhausted' ? 'RetriesExhausted' : conditions[batch.condition];
  const head = JSON.stringify({
    ...contexts(batch, `${origin.functionArn}:$LATEST`, condition),
    version: '1.0',
    timestamp: now.toISOString(),
    KafkaBatchInfo: {
      batchSize: 1,
      ...sourceInfo(origin, event),
      recordInfo: { offset: String(record.offset), timestamp: isoTime(record.timestampMs) },
    },
  });
  return `${head.slice(0, -1)},"payload":${event}}`;
}

/** The conditions in messages. For Kafka, AWS documents none for the record age; this is the condition for streams. */
const conditions: Readonly<Record<DiscardedBatch['condition'], string>> = {
  RetryAttemptsExhausted: 'RetryAttemptsExhausted',
  MaximumRecordAgeExceeded: 'RecordAgeExceeded',
  MaximumPayloadSizeExceeded: 'MaximumPayloadSizeExceeded',
};

function contexts(batch: DiscardedBatch, functionArn: string, condition: string): object {
  const { requestId, invokeCount } = batch;
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: invokeCount },
    responseContext: hasResponse(batch)
      ? { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' }
      : null,
  };
}

/**
 * A batch that is too large never reached the function: AWS sets null. For a batch that expired before its first attempt
 * AWS documents no value, so null is our own choice.
 */
const hasResponse = ({ condition, invokeCount }: DiscardedBatch): boolean =>
  condition !== 'MaximumPayloadSizeExceeded' && invokeCount > 0;

function sourceInfo({ eventSourceArn, cluster }: RecordOrigin, event: string): object {
  return {
    ...(eventSourceArn !== undefined && { eventSourceArn }),
    bootstrapServers: cluster.bootstrapServers,
    payloadSize: Buffer.byteLength(event),
  };
}

interface PartitionInfo {
  readonly firstRecordOffset: string;
  readonly firstRecordTimestamp: string;
  lastRecordOffset: string;
  lastRecordTimestamp: string;
}

/** Returns the first and the last record of each partition, by `<topic>-<partition>`. */
function recordsInfo(records: readonly DiscardedRecord[]): Readonly<Record<string, PartitionInfo>> {
  const byPartition = new Map<string, PartitionInfo>();
  for (const { topic, partition, offset, timestampMs } of records) {
    const partitionKey = `${topic}-${partition}`;
    const last = { lastRecordOffset: String(offset), lastRecordTimestamp: isoTime(timestampMs) };
    const known = byPartition.get(partitionKey);
    if (known) {
      Object.assign(known, last);
    } else {
      byPartition.set(partitionKey, {
        firstRecordOffset: last.lastRecordOffset,
        firstRecordTimestamp: last.lastRecordTimestamp,
        ...last,
      });
    }
  }
  return Object.fromEntries(byPartition);
}

/** The limit of a JavaScript date, in ms before or after 1970. */
const DATE_LIMIT_MS = 8.64e15;

/** Producers can set timestamps that no date can represent. They are clamped, so that such a record can be sent. */
const isoTime = (timestampMs: number): string =>
  new Date(Math.min(Math.max(timestampMs, -DATE_LIMIT_MS), DATE_LIMIT_MS)).toISOString();
