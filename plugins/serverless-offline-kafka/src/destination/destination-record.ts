import type { ClusterSettings } from '../kafka/cluster-settings.ts';
import type { DiscardedBatch, DiscardedRecord } from './failure-destination.ts';

/** What a destination's messages say about the mapping. */
export interface RecordOrigin {
  /** Without a version or alias. */
  readonly functionArn: string;
  /** Of an MSK cluster. AWS does not say what stands there for another; it is left out here. */
  readonly eventSourceArn?: string;
  readonly cluster: Pick<ClusterSettings, 'bootstrapServers'>;
}

/**
 * What SQS gets, as JSON: one message for the whole batch, which says where the records are and not what they hold.
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
 * What a Kafka topic gets for one record of the batch, as JSON: the event of that record alone is its `payload`.
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

/** As the messages name them. For Kafka AWS shows none for the age: this one is what the messages for streams have. */
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
 * A batch that is too large was never handed to the function, which AWS marks by a null. AWS does not say what
 * stands there for one that got too old before its first attempt: invented here, the same null.
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

/** The first and the last record of each partition, by `<topic>-<partition>`. */
function recordsInfo(records: readonly DiscardedRecord[]): Readonly<Record<string, PartitionInfo>> {
  const byPartition = new Map<string, PartitionInfo>();
  for (const { topic, partition, offset, timestampMs } of records) {
    const place = `${topic}-${partition}`;
    const last = { lastRecordOffset: String(offset), lastRecordTimestamp: isoTime(timestampMs) };
    const known = byPartition.get(place);
    if (known) {
      Object.assign(known, last);
    } else {
      byPartition.set(place, {
        firstRecordOffset: last.lastRecordOffset,
        firstRecordTimestamp: last.lastRecordTimestamp,
        ...last,
      });
    }
  }
  return Object.fromEntries(byPartition);
}

/** The furthest moment from 1970 that a JavaScript date can be. */
const DATE_LIMIT_MS = 8.64e15;

/** Producers choose timestamps freely, also ones that no date has; such a record must not get stuck here. */
const isoTime = (timestampMs: number): string =>
  new Date(Math.min(Math.max(timestampMs, -DATE_LIMIT_MS), DATE_LIMIT_MS)).toISOString();
